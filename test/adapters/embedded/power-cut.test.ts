import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogClient } from '../../../src/ports/log.js'
import { batchOf, contents } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory } from './fixture.js'
import { ForgetfulFiles } from './forgetful-files.js'
import { seeded } from './seeded.js'

const group = 'followers'
const partitions = [0, 1] as const

let directory: string
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => removeDirectory(directory))

/** Unit `i` is one record `i` in each partition, and the group's offset `i + 1`. */
async function appendUntilCut(client: LogClient, from: number, random: () => number): Promise<number> {
  const writer = client.openWriter({ id: 'w' })
  let acknowledged = from
  const append = async (i: number): Promise<void> => {
    await writer.append({
      batches: partitions.map(partition => ({
        topic: 'orders',
        partition,
        bytes: batchOf(`${i}`.padEnd(Math.floor(random() * 1500))),
      })),
      groups: [
        {
          group,
          offsets: partitions.map(partition => ({ topic: 'orders', partition, offset: i + 1, metadata: `${i}` })),
        },
      ],
    })
    acknowledged = Math.max(acknowledged, i + 1)
  }
  const underWay: Promise<void>[] = []
  let failed = false
  for (let i = from; i < from + 500; i++) {
    if (failed) break
    underWay.push(append(i).catch(() => void (failed = true)))
    if (random() < 0.3) await Promise.race([underWay.at(-1), new Promise(resolve => setImmediate(resolve))])
  }
  await Promise.all(underWay)
  return acknowledged
}

describe('after a power cut', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'everything acknowledged is there, and of the rest whole units (seed %i)',
    async seed => {
      const random = seeded(seed)
      let files = new ForgetfulFiles()
      let units = 0
      for (let life = 0; life < 5; life++) {
        const log = await openLog(directory, { files })
        const client = log.connect()
        if (life === 0)
          await client.topics.create({ name: 'orders', partitions: 2, config: { 'segment.bytes': '6000' } })
        else {
          const values = await Promise.all(
            partitions.map(partition => contents(client, { topic: 'orders', partition })),
          )
          const [first, second] = values.map(seen => seen.map(record => Number(record.value)))
          expect(first).toEqual(Array.from({ length: first!.length }, (_, i) => i))
          expect(second).toEqual(first)
          expect(first!.length).toBeGreaterThanOrEqual(units)
          const offsets = await client.groups.fetch(group)
          expect(offsets.map(({ offset }) => offset)).toEqual(first!.length === 0 ? [] : [first!.length, first!.length])
          units = first!.length
        }
        let steps = Math.floor(random() * 400)
        const before = files
        before.onStep = () => {
          if (steps-- === 0) files = before.cutPower(random)
        }
        units = await appendUntilCut(client, units, random)
        if (files === before) files = before.cutPower(random)
        await log.close()
      }
      expect(units).toBeGreaterThan(0)
    },
  )
})
