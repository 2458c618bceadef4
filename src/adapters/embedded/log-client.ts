import type { Clock } from '../../ports/clock.js'
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
import { Attachments } from './attachments.js'
import { Connection } from './connection.js'
import type { FileLayer } from './files.js'
import { EmbeddedReader } from './log-reader.js'
import { EmbeddedWriter } from './log-writer.js'
import type { Calls, Port } from './protocol.js'
import { realFiles } from './real-files.js'

export interface ConnectLogOptions {
  readonly clock: Clock
  /** Default: the real file system. */
  readonly files?: FileLayer
}

/** A client of the log that serves `port`'s other end. One per thread. */
export function connectLog(port: Port, options: ConnectLogOptions): LogClient {
  return new EmbeddedClient(port, options)
}

class EmbeddedClient implements LogClient {
  readonly atomic = true
  readonly takesBuffers = true
  readonly topics: TopicAdmin
  readonly groups: GroupAdmin
  readonly #connection: Connection
  readonly #attachments: Attachments
  readonly #options: ConnectLogOptions
  readonly #writers = new Set<LogWriter>()
  readonly #readers = new Set<LogReader>()
  #writerNumbers = 0
  #closing: Promise<void> | undefined

  constructor(port: Port, options: ConnectLogOptions) {
    this.#connection = new Connection(port)
    this.#attachments = new Attachments(this.#connection)
    this.#options = options
    this.topics = {
      list: () => this.#call('topic-list', {}),
      describe: async name => (await this.#call('topic-describe', { name })) ?? undefined,
      create: async spec => {
        await this.#call('topic-create', { spec })
      },
      delete: async name => {
        await this.#call('topic-delete', { name })
      },
      bounds: async partition => {
        this.#checkOpen()
        const { start, end } = (await this.#attachments.of(partition)).counters
        return { start, end }
      },
      allBounds: partitions => Promise.all(partitions.map(partition => this.topics.bounds(partition))),
    }
    this.groups = {
      list: () => this.#call('group-list', {}),
      fetch: group => this.#call('group-fetch', { group }),
      commit: async (group, offsets) => {
        await this.#call('group-commit', { group, offsets })
      },
      delete: async (group, partitions) => {
        await this.#call('group-delete', { group, partitions })
      },
    }
  }

  openWriter(options: WriterOptions): LogWriter {
    this.#checkOpen()
    const number = this.#writerNumbers++
    const writer = new EmbeddedWriter(this.#connection, number, options.id, closed => this.#writers.delete(closed))
    this.#writers.add(writer)
    return writer
  }

  openReader(options: ReaderOptions = {}): LogReader {
    this.#checkOpen()
    const reader = new EmbeddedReader(
      {
        connection: this.#connection,
        clock: this.#options.clock,
        files: this.#options.files ?? realFiles,
        attach: of => this.#attachments.of(of),
        onClose: closed => this.#readers.delete(closed),
      },
      options,
    )
    this.#readers.add(reader)
    return reader
  }

  async settled(): Promise<void> {
    await this.#call('settled', {})
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#writers, ...this.#readers].map(open => open.close()))
    this.#connection.close()
  }

  async #call<K extends keyof Calls>(type: K, args: Calls[K]['args']): Promise<Calls[K]['result']> {
    this.#checkOpen()
    return this.#connection.call(type, args)
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw logClosed('The log client')
  }
}
