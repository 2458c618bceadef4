import { createMemoryLog } from '../../src/adapters/memory/index.js'
import { RecordCursor, batches } from '../../src/codec/index.js'
import type { Logger } from '../../src/ports/logger.js'
import type { LogClient } from '../../src/ports/log.js'
import type { StateRecord } from '../../src/stores/state-topic.js'
import { StateTopic } from '../../src/stores/state-topic.js'
import { ManualClock } from '../../src/testkit/index.js'

/** What a store needs, on a memory log, with the log lines kept. */
export function storeBench() {
  const clock = new ManualClock()
  const memory = createMemoryLog({ clock })
  const lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = []
  const logger: Logger = {
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
    child: () => logger,
  }
  const log = memory.connect()
  return { clock, log, lines, logger, connect: () => memory.connect() }
}

/** Writes records as another runtime would. */
export async function writeRaw(
  bench: Pick<ReturnType<typeof storeBench>, 'log' | 'clock' | 'logger'>,
  topic: { name: string; partitions: number },
  records: readonly StateRecord[],
): Promise<void> {
  const raw = new StateTopic(bench, topic, () => {})
  await raw.open()
  await raw.write(records)
  await raw.close()
}

interface RawRecord {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

/** Keys and values of a topic, in order. */
export async function readRaw(log: LogClient, topic: string): Promise<[string | null, string | null][]> {
  return (await readMarked(log, topic)).map(({ key, value }) => [key, value])
}

/** The records of a topic with their headers, by partition and in order. */
export async function readMarked(log: LogClient, topic: string): Promise<RawRecord[]> {
  const found: RawRecord[] = []
  const { partitions } = (await log.topics.describe(topic))!
  for (let partition = 0; partition < partitions; partition++) {
    const reader = log.openReader()
    await reader.assign([{ topic, partition, offset: 'earliest' }])
    const cursor = new RecordCursor()
    for (const chunk of await reader.read({ maxBytes: 1 << 30, maxWaitMs: 0 }))
      for (const batch of batches(chunk.bytes)) {
        cursor.open(chunk.bytes, batch)
        while (cursor.next())
          found.push({
            partition,
            key: cursor.key?.toString() ?? null,
            value: cursor.value?.toString() ?? null,
            headers: cursor.headers().map(({ key, value }) => ({ key, value: String(value) })),
          })
      }
    await reader.close()
  }
  return found
}

/** Another log with what compaction keeps of a topic: the last record of each key, and no tombstones. */
export async function compacted(
  bench: ReturnType<typeof storeBench>,
  topic: { name: string; partitions?: number },
): Promise<ReturnType<typeof storeBench>> {
  const later = storeBench()
  const records = await readMarked(bench.log, topic.name)
  const last = new Map(records.map((record, index) => [`${record.partition}/${record.key}`, index]))
  const kept = records.filter(
    ({ partition, key, value }, index) => last.get(`${partition}/${key}`) === index && value !== null,
  )
  await writeRaw(
    later,
    { partitions: 1, ...topic },
    kept.map(({ partition, key, value, headers }) => ({
      key: key!,
      value,
      partition,
      ...(headers[0] && { mark: headers[0].value }),
    })),
  )
  return later
}
