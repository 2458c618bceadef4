import type { TopicPartition } from '../../core/offset.js'

/** One batch on its way to a partition. */
export interface LaneEntry {
  /** Which append of its writer it belongs to, counted from 0. */
  readonly unit: number
  readonly bytes: Uint8Array
  /** How many sequence numbers it takes: its records' offsets. */
  readonly span: number
  /** When it is given up, milliseconds of the clock. */
  readonly deadline: number
  state: 'waiting' | 'sent'
  /** The sequence number of its first record; -1 until it is sent for the first time. It never changes after that. */
  sequence: number
  /** Why it was sent in vain last. */
  lastFailure: unknown
  resolve(baseOffset: number): void
  reject(error: unknown): void
}

/** Sequence numbers are 31 bits and begin anew at 0 (org.apache.kafka.common.record.DefaultRecordBatch). */
const sequences = 2 ** 31

/** Brokers keep the last five batches of a producer to know them again when they are sent twice. */
const mostInFlight = 5

/** After this long without an append, a broker may have forgotten the producer (`producer.id.expiration.ms`, a day). */
const provenMs = 600_000

/**
 * The batches of one writer for one partition, in order. It says which may be sent next, so that whatever fails and is
 * sent again neither overtakes nor is overtaken: while something failed, nothing is sent until all that is under way
 * has come back; then everything not acknowledged goes again, from the first on.
 *
 * A broker that knows nothing of a producer takes any sequence number. So as long as it has acknowledged nothing, one
 * batch is under way at a time: a second one could be taken where the first was refused, and would leave a hole.
 */
export class Lane {
  readonly partition: TopicPartition
  readonly #inFlightLimit: number
  #entries: LaneEntry[] = []
  #inFlight = 0
  #recovering = false
  #provenUntil = Number.NEGATIVE_INFINITY
  #notBefore = Number.NEGATIVE_INFINITY
  #sequence = 0

  /** `inFlight`: batches under way at once; 1 for a producer that brokers do not number. */
  constructor(partition: TopicPartition, inFlight: number) {
    this.partition = partition
    this.#inFlightLimit = Math.min(inFlight, mostInFlight)
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  add(entry: LaneEntry): void {
    this.#entries.push(entry)
  }

  /** The next batch that may be sent now. */
  next(now: number): LaneEntry | undefined {
    if (now < this.#notBefore) return undefined
    if (this.#inFlight === 0) this.#recovering = false
    else if (this.#recovering || now >= this.#provenUntil || this.#inFlight >= this.#inFlightLimit) return undefined
    return this.#entries.find(entry => entry.state === 'waiting')
  }

  /** When to ask for the next one again, if nothing happens before. */
  wakeAt(): number | undefined {
    const first = this.#entries[0]
    if (first?.state !== 'waiting') return undefined
    return this.#inFlight === 0 ? Math.min(this.#notBefore, first.deadline) : first.deadline
  }

  sent(entry: LaneEntry): void {
    entry.state = 'sent'
    this.#inFlight++
    if (entry.sequence >= 0) return
    entry.sequence = this.#sequence
    this.#sequence = (this.#sequence + entry.span) % sequences
  }

  /** Whether everything before it is acknowledged. */
  isFirst(entry: LaneEntry): boolean {
    return this.#entries[0] === entry
  }

  acknowledged(entry: LaneEntry, now: number): void {
    this.#inFlight--
    this.#remove(entry)
    if (!this.#recovering) this.#provenUntil = now + provenMs
  }

  /** It goes again, not before `at`. */
  failed(entry: LaneEntry, cause: unknown, at: number): void {
    this.#inFlight--
    entry.state = 'waiting'
    entry.lastFailure = cause
    this.#recovering = true
    this.#provenUntil = Number.NEGATIVE_INFINITY
    this.#notBefore = Math.max(this.#notBefore, at)
  }

  /** Nothing is sent before `at`: nobody leads the partition now. */
  hold(cause: unknown, at: number): void {
    for (const entry of this.waiting()) entry.lastFailure = cause
    this.#notBefore = Math.max(this.#notBefore, at)
  }

  /** It does not go again. */
  dropped(entry: LaneEntry): void {
    if (entry.state === 'sent') this.#inFlight--
    this.#remove(entry)
  }

  /** The batches that wait, in order, whose deadline is over. */
  overdue(now: number): LaneEntry[] {
    return this.#entries.filter(entry => entry.state === 'waiting' && entry.deadline <= now)
  }

  /** The batches that wait. */
  waiting(): LaneEntry[] {
    return this.#entries.filter(entry => entry.state === 'waiting')
  }

  #remove(entry: LaneEntry): void {
    if (this.#entries[0] === entry) this.#entries.shift()
    else this.#entries = this.#entries.filter(other => other !== entry)
  }
}
