import type { Clock } from '../../ports/clock.js'
import type {
  AppendResult,
  AppendUnit,
  GroupAdmin,
  LogClient,
  LogReader,
  LogWriter,
  ReaderOptions,
  TopicAdmin,
  WriterOptions,
} from '../../ports/log.js'
import { logClosed, writerFailed } from '../../ports/log-rules.js'
import { MemoryLog } from './memory-log.js'
import { MemoryReader } from './memory-reader.js'
import type { Producer } from './memory-transactions.js'

/**
 * A log in this process's memory, for tests. Every `connect` is a client of its own on the same records. With `atomic`
 * false only a transaction is one step, as on Kafka.
 */
export function createMemoryLog(options: { readonly clock: Clock; readonly atomic?: boolean }): {
  connect(): LogClient
} {
  const log = new MemoryLog(options.atomic ?? true)
  return { connect: () => new MemoryClient(log, options.clock) }
}

class MemoryClient implements LogClient {
  readonly atomic: boolean
  readonly takesBuffers: boolean
  readonly topics: TopicAdmin
  readonly groups: GroupAdmin
  readonly #log: MemoryLog
  readonly #clock: Clock
  readonly #readers = new Set<LogReader>()
  #closed = false

  constructor(log: MemoryLog, clock: Clock) {
    this.#log = log
    this.#clock = clock
    this.atomic = log.atomic
    // It stands for the embedded log, or for brokers.
    this.takesBuffers = log.atomic
    this.topics = {
      list: async () => this.#open().topicNames(),
      describe: async name => this.#open().describe(name),
      create: async spec => this.#open().createTopic(spec),
      delete: async name => this.#open().deleteTopic(name),
      bounds: async partition => ({ start: 0, end: this.#open().partition(partition).end }),
      allBounds: partitions => Promise.all(partitions.map(partition => this.topics.bounds(partition))),
    }
    this.groups = {
      list: async () => this.#open().groupNames(),
      fetch: async group => this.#open().offsets(group),
      commit: async (group, offsets) => this.#open().commitOffsets(group, offsets),
      delete: async (group, partitions) => this.#open().deleteOffsets(group, partitions),
    }
  }

  openWriter(options: WriterOptions): LogWriter {
    const log = (): MemoryLog => this.#open()
    const { id, transactionalId } = options
    const writer = transactionalId === undefined || log().atomic ? {} : { transactionalId }
    return new MemoryWriter({ id, ...writer }, log)
  }

  openReader(options: ReaderOptions = {}): LogReader {
    const reader = new MemoryReader(this.#open(), this.#clock, options, closed => this.#readers.delete(closed))
    this.#readers.add(reader)
    return reader
  }

  /** Appends take effect within their call. */
  async settled(): Promise<void> {
    this.#open()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#readers].map(reader => reader.close()))
  }

  #open(): MemoryLog {
    if (this.#closed) throw logClosed('The log client')
    return this.#log
  }
}

class MemoryWriter implements LogWriter {
  readonly #options: WriterOptions
  readonly #log: () => MemoryLog
  #producer: Producer | undefined
  #failure: unknown
  #closed = false

  constructor(options: WriterOptions, log: () => MemoryLog) {
    this.#options = options
    this.#log = log
    log()
  }

  async append(unit: AppendUnit): Promise<AppendResult> {
    const { id, transactionalId } = this.#options
    if (this.#closed) throw logClosed(`Writer ${id}`)
    if (this.#failure !== undefined) throw writerFailed(id, this.#failure)
    const log = this.#log()
    try {
      if (transactionalId === undefined) return log.append(unit)
      this.#producer ??= log.produce(transactionalId)
      return log.appendIn(this.#producer, unit)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  async fence(): Promise<void> {
    const { id, transactionalId } = this.#options
    if (this.#closed) throw logClosed(`Writer ${id}`)
    if (transactionalId !== undefined) this.#producer = this.#log().produce(transactionalId)
  }

  async close(): Promise<void> {
    if (!this.#closed && this.#producer !== undefined) this.#log().endTransaction(this.#producer, 'aborted')
    this.#closed = true
  }
}
