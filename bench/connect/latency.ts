import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { batches, RecordCursor } from '../../src/codec/index.js'
import type { Figure } from '../figure.js'
import type { Config, Kind, Worker } from './workers.js'

const perSecond = 1_000
const warmUpRecords = 5 * perSecond
const records = 20 * perSecond
const patienceMs = 120_000

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** A source that makes so many records a second and says in each when it made it. */
const sources: Readonly<Record<Kind, (topic: string) => Config>> = {
  millrace: topic => ({
    'connector.class': 'generator',
    topic,
    rate: String(perSecond),
    format: 'bytes',
    'value.converter': bytes,
  }),
  connect: topic => ({
    'connector.class': 'org.apache.kafka.connect.tools.VerifiableSourceConnector',
    topic,
    throughput: String(perSecond),
    'complete.record.data': 'true',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  }),
}

/** Until a consumer has the record, so a little more than until the broker has acknowledged it; the same for both. */
export async function latency(log: KafkaLogClient, ours: Worker, peer: Worker): Promise<readonly Figure[]> {
  const [own, others] = [await latencies(log, ours), await latencies(log, peer)]
  const of = (bench: string, unit: string, sample: number): Figure => ({ bench, unit, samples: [sample] })
  return [
    {
      ...of(`record made → consumed at ${perSecond} records/s, p99`, 'ms', quantile(own, 0.99)),
      target: { below: Math.min(10, quantile(others, 0.99)) },
    },
    of('  p50', 'ms', quantile(own, 0.5)),
    of('  Kafka Connect, p99', 'ms', quantile(others, 0.99)),
    of('  Kafka Connect, p50', 'ms', quantile(others, 0.5)),
  ]
}

async function latencies(log: KafkaLogClient, worker: Worker): Promise<readonly number[]> {
  const topic = `latency-${worker.kind}`
  await log.topics.create({ name: topic, partitions: 1 })
  const reader = log.openReader()
  await reader.assign([{ topic, partition: 0, offset: 'earliest' }])
  await worker.put(topic, sources[worker.kind](topic))
  const found: number[] = []
  const cursor = new RecordCursor()
  const deadline = performance.now() + patienceMs
  while (found.length < warmUpRecords + records) {
    if (performance.now() > deadline) throw new Error(`${worker.kind}: ${found.length} records came`)
    for (const chunk of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 1_000 })) {
      const now = Date.now()
      for (const batch of batches(chunk.bytes)) {
        cursor.open(chunk.bytes, batch)
        while (cursor.next()) found.push(now - madeAt(worker.kind, cursor))
      }
    }
  }
  await reader.close()
  await worker.remove(topic)
  return found.slice(warmUpRecords, warmUpRecords + records).toSorted((a, b) => a - b)
}

/** Milliseconds since the epoch. */
function madeAt(kind: Kind, cursor: RecordCursor): number {
  if (kind === 'millrace') return cursor.timestamp
  return (JSON.parse(String(cursor.value)) as { readonly time_ms: number }).time_ms
}

const quantile = (sorted: readonly number[], of: number): number => sorted[Math.floor(sorted.length * of)] ?? Number.NaN
