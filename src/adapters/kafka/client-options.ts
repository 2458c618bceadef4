import type { KafkaClientSettings } from './connection.js'

/** What of a producer's settings this adapter acts upon. Batching settings (`batch.size`, `linger.ms`) are for who makes the batches. */
export interface ProducerOptions {
  /** -1: all replicas in sync; 1: the leader; 0: nobody. */
  readonly acks: -1 | 0 | 1
  /** Brokers number what comes and drop what comes twice. Only with `acks=all`. */
  readonly idempotent: boolean
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxInFlight: number
  /** Bytes of batches that wait or are under way, over all writers of a client. */
  readonly bufferBytes: number
  /** About the size of a request that holds several batches. */
  readonly maxRequestBytes: number
  readonly transactionTimeoutMs: number
}

/** What of a consumer's settings this adapter acts upon. */
export interface ConsumerOptions {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly partitionMaxBytes: number
  readonly checkCrcs: boolean
  readonly apiTimeoutMs: number
}

/** Numbers are checked where the configuration is read; what is no number here is as if not set. */
function number(settings: KafkaClientSettings['settings'], key: string, fallback: number): number {
  const text = settings[key]?.trim() ?? ''
  const value = Number(text)
  return text !== '' && Number.isFinite(value) && value >= 0 ? value : fallback
}

/** Defaults are Kafka's (ProducerConfig). */
export function producerOptions({ settings, connection }: KafkaClientSettings): ProducerOptions {
  const text = settings['acks']?.trim()
  const acks = text === '0' ? 0 : text === '1' ? 1 : -1
  return {
    acks,
    idempotent: acks === -1 && settings['enable.idempotence']?.trim() !== 'false',
    deliveryTimeoutMs: number(settings, 'delivery.timeout.ms', 120_000),
    requestTimeoutMs: number(settings, 'request.timeout.ms', connection.timeouts.requestMs),
    maxInFlight: Math.max(1, number(settings, 'max.in.flight.requests.per.connection', 5)),
    bufferBytes: number(settings, 'buffer.memory', 32 << 20),
    maxRequestBytes: number(settings, 'max.request.size', 1 << 20),
    // Kafka's own minute is also Connect's interval between commits, at which a transaction of `transaction.boundary=interval` ends.
    transactionTimeoutMs: number(settings, 'transaction.timeout.ms', 180_000),
  }
}

/** Defaults are Kafka's (ConsumerConfig). */
export function consumerOptions({ settings }: KafkaClientSettings): ConsumerOptions {
  return {
    fetchMinBytes: number(settings, 'fetch.min.bytes', 1),
    fetchMaxWaitMs: number(settings, 'fetch.max.wait.ms', 500),
    fetchMaxBytes: number(settings, 'fetch.max.bytes', 50 << 20),
    partitionMaxBytes: number(settings, 'max.partition.fetch.bytes', 1 << 20),
    checkCrcs: settings['check.crcs']?.trim() !== 'false',
    apiTimeoutMs: apiTimeoutMs({ settings }),
  }
}

/** How long an operation on topics, groups or transactions is tried. */
export function apiTimeoutMs({ settings }: Pick<KafkaClientSettings, 'settings'>): number {
  return number(settings, 'default.api.timeout.ms', 60_000)
}
