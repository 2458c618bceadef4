import { BatchBuilder, RecordCursor, batches } from '../../src/codec/index.js'
import { decodeEvent, encodeEvent } from '../../src/cluster/wire.js'
import type { ClusterEvent, ClusterRecord } from '../../src/cluster/events.js'
import { MillraceError, errorCode, errorMessage } from '../../src/core/error.js'
import type { Clock } from '../../src/ports/clock.js'
import type { FetchedChunk, LogClient, LogReader, LogWriter, TopicDescription } from '../../src/ports/log.js'
import type { Logger } from '../../src/ports/logger.js'

/** Events that wait at most; what decides sends again what has not come back, so more are left out (I6). */
const maxWaiting = 10_000

/** Far under what brokers take as one batch. */
const batchBytes = 256 << 10

const settings: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'LogAppendTime',
  'retention.ms': '3600000',
  'segment.ms': '600000',
  'unclean.leader.election.enable': 'false',
}

export interface CoordinationTopicParts {
  readonly log: LogClient
  readonly topic: string
  /** -1: the brokers' default. */
  readonly replicationFactor: number
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * The one topic through which nodes agree (cluster protocol §1): every node reads all of it in order. Time in it is the
 * broker's, so its records must be stamped on append.
 */
export class CoordinationTopic {
  readonly #parts: CoordinationTopicParts
  readonly #builder = new BatchBuilder()
  #writer: LogWriter | undefined
  #waiting: ClusterEvent[] = []
  #underWay = false
  #failing = false

  constructor(parts: CoordinationTopicParts) {
    this.#parts = parts
  }

  /** Makes the topic where it is missing. Fails with `cluster.topic_unfit` where the one that is there cannot serve (I10). */
  async open(): Promise<void> {
    const { log, topic } = this.#parts
    const found = (await log.topics.describe(topic)) ?? (await this.#create())
    const problems = [
      ...(found.partitions === 1 ? [] : [`it has ${found.partitions} partitions and must have one`]),
      ...(found.config['message.timestamp.type'] === 'LogAppendTime'
        ? []
        : [
            `message.timestamp.type is ${found.config['message.timestamp.type'] ?? 'not set'} and must be LogAppendTime`,
          ]),
    ]
    if (problems.length > 0)
      throw new MillraceError(
        'cluster.topic_unfit',
        `The coordination topic ${topic} cannot serve: ${problems.join('; ')}.`,
        {
          hint: 'Delete the topic while no node runs: it is made anew and holds nothing that lasts. Or take another group.id.',
        },
      )
  }

  bounds(): Promise<{ readonly start: number; readonly end: number }> {
    return this.#parts.log.topics.bounds({ topic: this.#parts.topic, partition: 0 })
  }

  openReader(): CoordinationReader {
    return new CoordinationReader(this.#parts.log, this.#parts.topic)
  }

  /**
   * Sends the events on their way, as one batch with all that are decided while the last one is under way. Nobody waits for
   * them: they are in effect once they have been read back, and whoever decided them sends again what has not come back.
   */
  send(events: readonly ClusterEvent[]): void {
    if (this.#waiting.length + events.length <= maxWaiting) this.#waiting.push(...events)
    if (!this.#underWay) this.#sendWaiting()
  }

  #sendWaiting(): void {
    if (this.#waiting.length === 0) return
    const { log, topic, clock, logger } = this.#parts
    let sent = 0
    for (; sent < this.#waiting.length && this.#builder.sizeBytes < batchBytes; sent++)
      this.#builder.append(clock.wallTime(), null, Buffer.from(encodeEvent(this.#waiting[sent]!)), undefined)
    this.#waiting = this.#waiting.slice(sent)
    const writer = (this.#writer ??= log.openWriter({ id: 'coordination' }))
    this.#underWay = true
    writer.append({ batches: [{ topic, partition: 0, bytes: this.#builder.finish() }] }).then(
      () => {
        this.#underWay = false
        this.#failing = false
        this.#sendWaiting()
      },
      (error: unknown) => {
        this.#underWay = false
        if (this.#writer === writer) this.#writer = undefined
        if (!this.#failing)
          logger.log('warn', 'The coordination topic cannot be written, and is tried again', {
            topic,
            code: errorCode(error),
            error: errorMessage(error),
          })
        this.#failing = true
        this.#sendWaiting()
      },
    )
  }

  async #create(): Promise<Pick<TopicDescription, 'partitions' | 'config'>> {
    const { log, topic, replicationFactor } = this.#parts
    const config = { ...settings, ...(replicationFactor > 2 && { 'min.insync.replicas': '2' }) }
    try {
      await log.topics.create({ name: topic, partitions: 1, replicationFactor, config })
    } catch (error) {
      if (errorCode(error) !== 'log.topic_exists') throw error
    }
    // Another node may have been faster; what it made is what counts.
    return (await log.topics.describe(topic)) ?? { partitions: 1, config }
  }
}

/** Reads from any place on; one read at a time. */
export class CoordinationReader {
  readonly #topic: string
  readonly #reader: LogReader
  readonly #cursor = new RecordCursor()
  #position: number | undefined

  constructor(log: LogClient, topic: string) {
    this.#topic = topic
    this.#reader = log.openReader({ outOfRange: 'fail' })
  }

  /**
   * The records from `from` on that are there, or come within `maxWaitMs`; `end` is the log's end as last heard. Fails with
   * `log.offset_out_of_range`, `log.diverged`, and what else a reader fails with.
   */
  async read(
    from: number,
    options: { readonly maxWaitMs: number; readonly signal: AbortSignal },
  ): Promise<{ readonly records: readonly ClusterRecord[]; readonly end: number }> {
    const partition = { topic: this.#topic, partition: 0 }
    if (this.#position === undefined) await this.#reader.assign([{ ...partition, offset: from }])
    else if (this.#position !== from) this.#reader.seek(partition, from)
    this.#position = from
    const chunks = await this.#reader.read({ maxBytes: 1 << 20, ...options })
    const records = chunks.flatMap(chunk => this.#decode(chunk))
    this.#position = chunks.at(-1)?.next ?? from
    return { records, end: chunks.at(-1)?.end ?? from }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  #decode(chunk: FetchedChunk): ClusterRecord[] {
    const cursor = this.#cursor
    const records: ClusterRecord[] = []
    for (const batch of batches(chunk.bytes)) {
      if (batch.control) continue
      cursor.open(chunk.bytes, batch)
      while (cursor.next()) {
        const { offset, timestamp, value } = cursor
        if (offset >= chunk.position)
          records.push({ offset, timestamp, event: value === null ? undefined : decodeEvent(value) })
      }
    }
    return records
  }
}
