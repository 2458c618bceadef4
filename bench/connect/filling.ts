import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { BatchBuilder } from '../../src/codec/index.js'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'

const batchBytes = 512 << 10
const appendsUnderWay = 8

/** Printable text with its number at the end; `bytes` long. */
export function lineOf(index: number, bytes: number): string {
  return String(index).padStart(bytes, 'the quick brown fox jumps over the lazy dog ')
}

export async function fillFile(path: string, lines: number, lineBytes: number): Promise<void> {
  const out = createWriteStream(path)
  const each = Math.max(1, Math.floor(1_000_000 / lineBytes))
  for (let from = 0; from < lines; from += each) {
    const batch = Array.from({ length: Math.min(each, lines - from) }, (_, i) => lineOf(from + i, lineBytes - 1))
    if (!out.write(`${batch.join('\n')}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

/** A topic of one partition with such values, without keys. */
export async function fillTopic(
  log: KafkaLogClient,
  topic: string,
  records: number,
  valueOf: (index: number) => string,
): Promise<void> {
  await log.topics.create({ name: topic, partitions: 1 })
  const writer = log.openWriter({ id: 'filling' })
  const builder = new BatchBuilder(2 * batchBytes)
  const underWay: Promise<unknown>[] = []
  const send = async (): Promise<void> => {
    underWay.push(writer.append({ batches: [{ topic, partition: 0, bytes: builder.finish() }] }))
    if (underWay.length >= appendsUnderWay) await underWay.shift()
  }
  for (let index = 0; index < records; index++) {
    builder.append(Date.now(), null, valueOf(index), undefined)
    if (builder.sizeBytes >= batchBytes) await send()
  }
  if (builder.count > 0) await send()
  await Promise.all(underWay)
  await writer.close()
}
