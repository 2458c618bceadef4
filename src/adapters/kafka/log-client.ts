import { sleep, type Clock } from '../../ports/clock.js'
import { logClosed } from '../../ports/log-rules.js'
import type {
  GroupAdmin,
  LogClient,
  LogReader,
  LogWriter,
  ReaderOptions,
  TopicAdmin,
  WriterOptions,
} from '../../ports/log.js'
import type { Logger } from '../../ports/logger.js'
import { ByteBudget } from './byte-budget.js'
import { apiTimeoutMs, consumerOptions, producerOptions } from './client-options.js'
import { Cluster } from './cluster.js'
import type { ConnectionSettings, KafkaSettings } from './connection.js'
import { KafkaGroups } from './group-admin.js'
import { KafkaReader, type ReaderParts } from './log-reader.js'
import { KafkaWriter, type WriterParts } from './log-writer.js'
import { Sender } from './sender.js'
import { KafkaTopics } from './topic-admin.js'

export interface KafkaDependencies {
  readonly clock: Clock
  readonly logger: Logger
}

/** What only brokers can do with topics. */
export interface KafkaTopicAdmin extends TopicAdmin, Pick<KafkaTopics, 'ownConfig' | 'alterConfig' | 'addPartitions'> {}

/** A log client that also knows which cluster it is on. */
export interface KafkaLogClient extends LogClient {
  readonly topics: KafkaTopicAdmin
  /** The cluster's id, as `GET /` shows it. */
  clusterId(): Promise<string>
}

/** Connects at first use. */
export function connectKafka(settings: KafkaSettings, dependencies: KafkaDependencies): KafkaLogClient {
  return new KafkaClient(settings, dependencies)
}

/** How long closing waits for what is under way, milliseconds. */
const closeMs = 1_000

class KafkaClient implements KafkaLogClient {
  readonly atomic = false
  readonly takesBuffers = false
  readonly topics: KafkaTopicAdmin
  readonly groups: GroupAdmin
  readonly #clock: Clock
  readonly #clusters = new Map<string, Cluster>()
  readonly #admin: Cluster
  readonly #writerParts: WriterParts
  readonly #readerParts: ReaderParts
  readonly #writers = new Set<KafkaWriter>()
  readonly #readers = new Set<KafkaReader>()
  #closed = false

  constructor(settings: KafkaSettings, { clock, logger }: KafkaDependencies) {
    this.#clock = clock
    const clusterFor = (connection: ConnectionSettings): Cluster => {
      const key = JSON.stringify(connection)
      const cluster = this.#clusters.get(key) ?? new Cluster(connection, { clock, logger })
      this.#clusters.set(key, cluster)
      return cluster
    }
    this.#admin = clusterFor(settings.admin.connection)
    const adminTimeoutMs = apiTimeoutMs(settings.admin)
    const topics = new KafkaTopics(this.#admin, adminTimeoutMs)
    const groups = new KafkaGroups(this.#admin, adminTimeoutMs)
    const [producing, consuming] = [clusterFor(settings.producer.connection), clusterFor(settings.consumer.connection)]
    const producer = producerOptions(settings.producer)
    this.#writerParts = {
      cluster: producing,
      sender: new Sender(producing, clock, producer),
      budget: new ByteBudget(producer.bufferBytes),
      clock,
      logger,
      producer,
      apiTimeoutMs: apiTimeoutMs(settings.producer),
      commit: (group, offsets) => groups.commit(group, offsets),
      onClose: writer => this.#writers.delete(writer),
    }
    this.#readerParts = {
      cluster: consuming,
      clock,
      logger,
      consumer: consumerOptions(settings.consumer),
      requestMs: settings.consumer.connection.timeouts.requestMs,
      onClose: reader => this.#readers.delete(reader),
    }
    this.topics = {
      list: () => this.#whenOpen(() => topics.list()),
      describe: name => this.#whenOpen(() => topics.describe(name)),
      create: spec => this.#whenOpen(() => topics.create(spec)),
      delete: name => this.#whenOpen(() => topics.delete(name)),
      bounds: partition => this.#whenOpen(() => topics.bounds(partition)),
      allBounds: partitions => this.#whenOpen(() => topics.allBounds(partitions)),
      ownConfig: name => this.#whenOpen(() => topics.ownConfig(name)),
      alterConfig: (name, changes) => this.#whenOpen(() => topics.alterConfig(name, changes)),
      addPartitions: (name, total) => this.#whenOpen(() => topics.addPartitions(name, total)),
    }
    this.groups = {
      list: () => this.#whenOpen(() => groups.list()),
      fetch: group => this.#whenOpen(() => groups.fetch(group)),
      commit: (group, offsets) => this.#whenOpen(() => groups.commit(group, offsets)),
      delete: (group, partitions) => this.#whenOpen(() => groups.delete(group, partitions)),
    }
  }

  openWriter(options: WriterOptions): LogWriter {
    this.#checkOpen()
    const writer = new KafkaWriter(options, this.#writerParts)
    this.#writers.add(writer)
    return writer
  }

  openReader(options: ReaderOptions = {}): LogReader {
    this.#checkOpen()
    const { consumer } = this.#readerParts
    const { fetchWaitMs: fetchMaxWaitMs = consumer.fetchMaxWaitMs } = options
    const reader = new KafkaReader(options, { ...this.#readerParts, consumer: { ...consumer, fetchMaxWaitMs } })
    this.#readers.add(reader)
    return reader
  }

  /**
   * What this client has under way. A client of another thread or node is not seen from here: what a task that was cut
   * off elsewhere still sends is ignored by readers (R25), or fenced by its transactional id (I4).
   */
  async settled(): Promise<void> {
    this.#checkOpen()
    await Promise.all([...this.#writers].map(writer => writer.settled()))
  }

  async clusterId(): Promise<string> {
    this.#checkOpen()
    if (this.#admin.clusterId === null) await this.#admin.refresh([])
    return this.#admin.clusterId ?? ''
  }

  async close(): Promise<void> {
    this.#closed = true
    const ended = Promise.all([...this.#writers, ...this.#readers].map(each => each.close()))
    const withinMs = (ms: number): Promise<unknown> => Promise.race([ended, sleep(this.#clock, ms)])
    await withinMs(closeMs)
    // I9: brokers that are away must not hold up the end of a node. What they have not acknowledged was not promised to anybody.
    await Promise.all([...this.#clusters.values()].map(cluster => cluster.close()))
    await withinMs(closeMs)
  }

  #checkOpen(): void {
    if (this.#closed) throw logClosed('The log client')
  }

  async #whenOpen<T>(call: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    return call()
  }
}
