import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { BatchBuilder, RecordCursor, batches } from '../../src/codec/index.js'
import type { Logger } from '../../src/ports/logger.js'
import type { ReaderOptions } from '../../src/ports/log.js'

/** A record as it stands in a topic; texts as UTF-8. */
export interface TopicRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

const silent: Logger = { log: () => undefined, child: () => silent }

export function connectTo(bootstrap: string): KafkaLogClient {
  const { clients } = readWorkerClients({ 'bootstrap.servers': bootstrap })
  return connectKafka(clients.own, { clock: nodeClock, logger: silent })
}

/** All that is in the topic now, partition by partition, each in its order. */
export function recordsOf(
  log: KafkaLogClient,
  topic: string,
  isolation?: ReaderOptions['isolation'],
): Promise<TopicRecord[]> {
  return readTopic(log, topic, asText, isolation)
}

/** The same, with what `take` makes of each record while the cursor stands at it. */
export async function readTopic<T>(
  log: KafkaLogClient,
  topic: string,
  take: (cursor: RecordCursor, partition: number) => T,
  isolation: ReaderOptions['isolation'] = 'read_uncommitted',
): Promise<T[]> {
  const { partitions } = (await log.topics.describe(topic))!
  const records: T[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const { start, end } = await log.topics.bounds({ topic, partition })
    const reader = log.openReader({ isolation })
    const deadline = AbortSignal.timeout(60_000)
    try {
      await reader.assign([{ topic, partition, offset: start }])
      for (let position = start; position < end;) {
        // What a transaction has left open ends when its successor, or the broker, has undone it.
        deadline.throwIfAborted()
        for (const chunk of await reader.read({ maxBytes: 4 << 20, maxWaitMs: 200 })) {
          for (const cursor of recordsIn(chunk.bytes, chunk.position)) records.push(take(cursor, partition))
          position = chunk.next
        }
      }
    } finally {
      await reader.close()
    }
  }
  return records
}

/** One cursor, at each of them in turn. */
function* recordsIn(bytes: Buffer, from: number): Generator<RecordCursor, void, undefined> {
  const cursor = new RecordCursor()
  for (const batch of batches(bytes)) {
    if (batch.control) continue
    cursor.open(bytes, batch)
    while (cursor.next()) if (cursor.offset >= from) yield cursor
  }
}

const asText = (cursor: RecordCursor, partition: number): TopicRecord => ({
  partition,
  offset: cursor.offset,
  key: cursor.key?.toString() ?? null,
  value: cursor.value?.toString() ?? null,
  headers: Object.fromEntries(cursor.headers().map(({ key, value }) => [key, value?.toString() ?? ''])),
})

/** Writes one record without headers, as a program that is not Millrace would. */
export async function writeRecord(
  log: KafkaLogClient,
  topic: string,
  key: string,
  value: string | null,
): Promise<void> {
  const builder = new BatchBuilder()
  builder.append(Date.now(), Buffer.from(key), value === null ? null : Buffer.from(value), undefined)
  const writer = log.openWriter({ id: 'test' })
  try {
    await writer.append({ batches: [{ topic, partition: 0, bytes: builder.finish() }] })
  } finally {
    await writer.close()
  }
}
