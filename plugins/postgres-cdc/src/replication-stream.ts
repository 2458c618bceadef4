import { errorMessage, retry } from 'millrace/plugin'
import type pg from 'pg'
import { epochMicros, lsnText, readLsn, writeLsn, type Lsn } from './lsn.js'
import { decodePgoutput, type Decoded } from './pgoutput.js'

/** What the server sends, in its order: decoded changes, and how far it has come where nothing happens. */
export type Received =
  | { readonly type: 'keepalive'; readonly walEnd: Lsn }
  | { readonly type: 'change'; readonly lsn: Lsn; readonly decoded: Decoded; readonly bytes: number }

export interface StreamOptions {
  readonly slot: string
  readonly publication: string
  readonly from: Lsn
  readonly statusMs: number
  /** What may wait to be taken; the server waits when there is more. */
  readonly maxMessages: number
  readonly maxBytes: number
  readonly withMessages: boolean
}

interface CopyConnection {
  readonly stream: { pause(): void; resume(): void }
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void
  once(event: 'replicationStart' | 'end', listener: () => void): void
  sendCopyFromChunk(chunk: Buffer): void
}

const w = 0x77
const k = 0x6b
const r = 0x72
/** Without any sign of life for so many status intervals, each of which asks for one, the connection is dead. */
const silentIntervals = 6
const leastSilenceMs = 60_000

/**
 * A running replication. The server is told what was stored, never what was only received (`acknowledge`); by a timer of its own, so that it is told
 * so also while nobody takes changes.
 */
export class ReplicationStream {
  readonly #client: pg.Client
  readonly #connection: CopyConnection
  readonly #options: StreamOptions
  readonly #queue: Received[] = []
  readonly #timer: NodeJS.Timeout
  #head = 0
  #bytes = 0
  #paused = false
  #received: Lsn
  #flushed: Lsn = 0
  #heard = performance.now()
  #failure: Error | undefined
  #wake: (() => void) | undefined

  private constructor(client: pg.Client, options: StreamOptions) {
    this.#client = client
    this.#connection = (client as unknown as { readonly connection: CopyConnection }).connection
    this.#options = options
    this.#received = options.from
    this.#connection.on('copyData', ({ chunk }) => this.#hear(chunk))
    this.#connection.once('end', () => this.#fail(new Error('The server has ended the connection.')))
    this.#timer = setInterval(() => this.#beat(), options.statusMs)
  }

  /** Resolves when the server has begun to send. Takes the connection over. */
  static async start(client: pg.Client, options: StreamOptions): Promise<ReplicationStream> {
    const stream = new ReplicationStream(client, options)
    const publication = options.publication.replaceAll(`"`, `""`).replaceAll(`'`, `''`)
    const settings = [`proto_version '1'`, `publication_names '"${publication}"'`]
    if (options.withMessages) settings.push(`messages 'true'`)
    const begun = new Promise<void>(resolve => stream.#connection.once('replicationStart', resolve))
    const sql = `START_REPLICATION SLOT "${options.slot}" LOGICAL ${lsnText(options.from)} (${settings.join(', ')})`
    const ended = client.query(sql).then(
      () => stream.#fail(new Error('The server has ended the replication.')),
      (error: unknown) => {
        stream.#fail(error instanceof Error ? error : new Error(String(error)))
        throw error
      },
    )
    ended.catch(() => undefined)
    try {
      await Promise.race([begun, ended])
      return stream
    } catch (error) {
      clearInterval(stream.#timer)
      throw error
    }
  }

  /** What came next, or undefined where nothing waits. Throws once the connection is lost and all that came was taken. */
  take(): Received | undefined {
    const next = this.#queue[this.#head]
    if (next === undefined) {
      if (this.#failure !== undefined) throw this.#failure
      return undefined
    }
    this.#head++
    if (next.type === 'change') this.#bytes -= next.bytes
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
    if (this.#paused && this.waiting * 2 < this.#options.maxMessages && this.#bytes * 2 < this.#options.maxBytes) {
      this.#paused = false
      this.#connection.stream.resume()
    }
    return next
  }

  get waiting(): number {
    return this.#queue.length - this.#head
  }

  /** Resolves when something waits, the connection is lost, `ms` have passed or the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.waiting > 0 || this.#failure !== undefined || signal.aborted) return
    await new Promise<void>(resolve => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }

  /** Asks the server how far it has come; it answers by a keepalive. */
  ask(): void {
    this.#status(true)
  }

  /** All changes that end before `lsn` are stored: the server need not keep them (I1). */
  acknowledge(lsn: Lsn): void {
    if (lsn <= this.#flushed) return
    this.#flushed = lsn
    this.#status(false)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#failure ??= new Error('The stream was closed.')
    this.#connection.stream.resume()
    await this.#client.end().catch(() => undefined)
  }

  #hear(chunk: Buffer): void {
    this.#heard = performance.now()
    if (chunk[0] === k) {
      const walEnd = readLsn(chunk, 1)
      // A reply that is asked for at once: the server would take us for dead.
      if (chunk[17] === 1) this.#status(false)
      this.#add({ type: 'keepalive', walEnd })
    } else if (chunk[0] === w) {
      const lsn = readLsn(chunk, 1)
      if (lsn > this.#received) this.#received = lsn
      const decoded = decodePgoutput(chunk.subarray(25))
      if (decoded.type !== 'other') this.#add({ type: 'change', lsn, decoded, bytes: chunk.length })
    }
  }

  #add(received: Received): void {
    const last = this.#queue.at(-1)
    // Only the latest of keepalives in a row says anything.
    if (received.type === 'keepalive' && last?.type === 'keepalive' && this.waiting > 0) this.#queue.pop()
    this.#queue.push(received)
    if (received.type === 'change') this.#bytes += received.bytes
    if (!this.#paused && (this.waiting >= this.#options.maxMessages || this.#bytes >= this.#options.maxBytes)) {
      this.#paused = true
      this.#connection.stream.pause()
    }
    this.#wake?.()
  }

  #beat(): void {
    const silence = performance.now() - this.#heard
    if (!this.#paused && silence > Math.max(leastSilenceMs, this.#options.statusMs * silentIntervals))
      return this.#fail(new Error(`The server has said nothing for ${Math.round(silence / 1_000)} s.`))
    this.#status(!this.#paused)
  }

  #status(replyRequested: boolean): void {
    if (this.#failure !== undefined) return
    const message = Buffer.alloc(34)
    message[0] = r
    writeLsn(message, Math.max(this.#received, this.#flushed), 1)
    writeLsn(message, this.#flushed, 9)
    writeLsn(message, this.#flushed, 17)
    message.writeBigInt64BE(BigInt(Date.now()) * 1_000n - BigInt(epochMicros), 25)
    message[33] = replyRequested ? 1 : 0
    this.#connection.sendCopyFromChunk(message)
  }

  #fail(error: Error): void {
    this.#failure ??= retry(`The replication connection is lost: ${errorMessage(error)}`, {
      code: 'postgres.connection_lost',
      cause: error,
    })
    clearInterval(this.#timer)
    this.#wake?.()
  }
}
