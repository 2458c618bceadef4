import { BatchBuilder } from '../../src/codec/index.js'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import type { Figure } from '../figure.js'

const records = 5_000_000
const valueBytes = 99
const batchRecords = 5_000
const appendsUnderWay = 5
const runs = 5

/** The encoder alone, on one constant value, through one writer to one partition: what no connector can pass. */
export async function ceiling(log: KafkaLogClient): Promise<Figure> {
  const samples: number[] = []
  for (let run = 0; run <= runs; run++) {
    const rate = await rateOf(log, `ceiling-${run}`)
    if (run > 0) samples.push(rate)
  }
  return { bench: 'ceiling: one constant value of 99 bytes, encoded and appended', unit: 'records/s', samples }
}

async function rateOf(log: KafkaLogClient, topic: string): Promise<number> {
  await log.topics.create({ name: topic, partitions: 1 })
  const writer = log.openWriter({ id: topic })
  const builder = new BatchBuilder(1 << 20)
  const value = Buffer.alloc(valueBytes, 'x')
  const underWay: Promise<unknown>[] = []
  const began = performance.now()
  for (let made = 0; made < records; made += batchRecords) {
    const now = Date.now()
    for (let record = 0; record < batchRecords; record++) builder.append(now, null, value, undefined)
    underWay.push(writer.append({ batches: [{ topic, partition: 0, bytes: builder.finish() }] }))
    if (underWay.length >= appendsUnderWay) await underWay.shift()
  }
  await Promise.all(underWay)
  const seconds = (performance.now() - began) / 1_000
  await writer.close()
  await log.topics.delete(topic)
  return records / seconds
}
