import { appendFileSync, copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { Value } from 'millrace/plugin'
import { beforeEach, describe, expect, test } from 'vitest'
import { fileSink } from '../src/sink.js'
import { folder } from './driver.js'
import { SinkRun } from './sink-driver.js'
import type { Commits } from './sink-driver.js'

let path = ''
let commits: Commits
beforeEach(async () => {
  path = join(await folder(), 'out.txt')
  commits = new Map()
})

const values = Array.from({ length: 1_000 }, (_, index) => `value ${index}`)
const text = (from: number, to: number): string =>
  values
    .slice(from, to)
    .map(value => `${value}\n`)
    .join('')
const content = (): string => readFileSync(path, 'utf8')
const start = (options: { taskCount?: number; topic?: readonly (readonly Value[])[] } = {}): Promise<SinkRun> =>
  SinkRun.start(fileSink, { config: { file: path }, topic: [values], commits, ...options })

describe('resume after a crash', () => {
  test.each([0, 1, 3])('cuts off what was written after commit %i, and nothing is twice', async commitsMade => {
    const run = await start()
    for (let round = 0; round < 4; round++) {
      await run.deliver(10)
      if (round < commitsMade) await run.commit()
    }
    await run.crash()
    expect(content()).toBe(text(0, 40))
    const next = await start()
    await next.deliver(100)
    await next.stop()
    expect(content()).toBe(text(0, commits.get('lines-0')?.offset ?? 0))
  })

  test('at every moment: each line is there exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            partition: fc.integer({ min: 0, max: 1 }),
            count: fc.integer({ min: 1, max: 20 }),
            next: fc.constantFrom('go on', 'commit', 'crash', 'stop', 'half a line'),
          }),
          { maxLength: 25 },
        ),
        async steps => {
          rmSync(path, { force: true })
          commits = new Map()
          const topic = [values, values.map(value => `other ${value}`)]
          let run = await start({ topic })
          for (const { partition, count, next } of steps) {
            await run.deliver(count, partition)
            if (next === 'commit') await run.commit()
            if (next === 'go on' || next === 'commit') continue
            await (next === 'stop' ? run.stop() : run.crash())
            if (next === 'half a line') appendFileSync(path, 'other val')
            run = await start({ topic })
          }
          for (const partition of [0, 1]) await run.deliver(values.length, partition)
          await run.stop()
          const found = content().split('\n').slice(0, -1)
          expect(found.filter(line => !line.startsWith('other'))).toEqual(topic[0])
          expect(found.filter(line => line.startsWith('other'))).toEqual(topic[1])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('cuts off half a line', async () => {
    const run = await start()
    await run.deliver(5)
    await run.stop()
    appendFileSync(path, 'value')
    const next = await start()
    await next.deliver(1)
    expect(content()).toBe(text(0, 6))
    expect(next.logs).toEqual([{ level: 'info', message: 'Cut the file back to its last commit.' }])
    await next.crash()
  })
})

describe('what is not surely its own is never cut off', () => {
  test.each<[string, () => void]>([
    [
      'where another file has its name',
      () => {
        renameSync(path, `${path}.1`)
        writeFileSync(path, 'somebody else has written much more than was noted, and it must stay\n')
      },
    ],
    [
      'where a copy has its name',
      () => {
        copyFileSync(path, `${path}.1`)
        renameSync(`${path}.1`, path)
      },
    ],
    ['where the file was written anew, and is longer now', () => writeFileSync(path, 'new '.repeat(100))],
    ['where the file was cut by somebody', () => truncateSync(path, 3)],
    ['where a commit came without a note', () => commits.set('lines-0', { offset: 5, note: '' })],
  ])('%s; and from then on it is exactly once again', async (_, change) => {
    const run = await start()
    await run.deliver(5)
    await run.commit()
    await run.deliver(5)
    await run.crash()
    change()
    const before = content()
    const second = await start()
    await second.deliver(5)
    await second.crash()
    expect(content()).toBe(before + text(5, 10))
    const third = await start()
    await third.deliver(10)
    await third.stop()
    expect(content()).toBe(before + text(5, 20))
  })

  test('where somebody appends while the task runs: it says so, and the next start cuts nothing', async () => {
    const run = await start()
    await run.deliver(5)
    await run.commit()
    appendFileSync(path, 'foreign\n')
    await run.deliver(5)
    await run.commit()
    await run.deliver(5)
    await run.crash()
    expect(run.logs.map(log => log.level)).toEqual(['warn'])
    const next = await start()
    await next.deliver(5)
    expect(content()).toBe(`${text(0, 5)}foreign\n${text(5, 15)}${text(10, 15)}`)
    await next.crash()
  })

  test('where an idle partition was given up, whose lines came later', async () => {
    const topic = [values, ['other']]
    const run = await start({ topic })
    await run.deliver(5)
    await run.commit()
    await run.deliver(1, 1)
    await run.stop()
    const before = content()
    const alone = await start({ topic: [values] })
    await alone.deliver(1)
    expect(content()).toBe(before + text(5, 6))
    await alone.crash()
  })
})

test('a partition that is new does not stand in the way', async () => {
  const run = await start()
  await run.deliver(5)
  await run.deliver(5)
  await run.crash()
  const next = await start({ topic: [values, ['other']] })
  await next.deliver(5)
  expect(content()).toBe(text(0, 10))
  await next.crash()
})

test('partitions that nothing comes from are noted too, so that they do not stand in the way', async () => {
  const topic = [values, values]
  commits.set('lines-1', { offset: 1_000, note: '' })
  const run = await start({ topic })
  await run.deliver(5)
  await run.commit()
  await run.deliver(5)
  await run.crash()
  expect(commits.get('lines-1')).toMatchObject({ offset: 1_000, note: expect.stringMatching(/./) })
  const next = await start({ topic })
  await next.deliver(5)
  expect(content()).toBe(text(0, 10))
  await next.crash()
})

test('partitions taken away while their first records are held get no line', async () => {
  const run = await start()
  await run.put(1)
  await run.commit()
  await run.task.revoked?.([{ topic: 'lines', partition: 0 }])
  await run.task.flush?.()
  expect(content()).toBe('')
  expect(commits.get('lines-0')?.offset).toBe(0)
  await run.crash()
})
