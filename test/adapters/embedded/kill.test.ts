import { afterEach, beforeEach, expect, test } from 'vitest'
import { contents } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory } from './fixture.js'
import { logProcess } from './log-process.js'

let directory: string
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => removeDirectory(directory))

test('a process killed at any moment loses nothing acknowledged, and leaves only whole units', async () => {
  let acknowledged = -1
  for (const count of [1, 17, 150]) {
    const appending = logProcess('append', directory)
    await appending.saw(line => line.acknowledged !== undefined && line.acknowledged > acknowledged + count)
    appending.kill()
    expect(await appending.ended).toBe('SIGKILL')
    acknowledged = Math.max(...appending.lines.map(line => line.acknowledged ?? -1))

    const log = await openLog(directory)
    const client = log.connect()
    const [first, second] = await Promise.all(
      [0, 1].map(async partition =>
        (await contents(client, { topic: 'orders', partition })).map(record => Number(record.value)),
      ),
    )
    expect(first).toEqual(Array.from({ length: first!.length }, (_, i) => i))
    expect(second).toEqual(first)
    expect(first!.length).toBeGreaterThan(acknowledged)
    expect(await client.groups.fetch('g')).toEqual([
      { topic: 'orders', partition: 0, offset: first!.length, metadata: '' },
    ])
    await log.close()
  }
})
