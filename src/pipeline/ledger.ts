import type { OffsetMap } from '../core/offset.js'

/** An offset that waits for its records. Opaque: made by `submit`, handed back to `ack` or `drop`. */
export interface Ticket {
  readonly lane: Lane
  readonly offset: OffsetMap
  readonly sequence: number
  state: 'waiting' | 'acked' | 'dropped'
}

/** One source partition's tickets, oldest first. `head` is where the live ones begin. */
interface Lane {
  readonly key: string
  readonly partition: OffsetMap
  tickets: Ticket[]
  head: number
  /** The end of the acknowledged prefix, and of what of it is known to be committed. */
  reached: Ticket | undefined
  committed: number
}

/** The newest committable offset of one source partition. Opaque but for its contents: handed back to `markCommitted`. */
export interface Committable {
  readonly partition: OffsetMap
  readonly offset: OffsetMap
  readonly ticket: Ticket
}

/**
 * Decides which source offsets may be committed: of each source partition the last of the acknowledged prefix (I1), in
 * the order of submission and never back (I2). An entry stands for all records of one batch and partition.
 */
export class Ledger {
  readonly #lanes = new Map<string, Lane>()
  #sequence = 0
  #waiting = 0

  /** Entries neither acknowledged nor dropped. */
  get waiting(): number {
    return this.#waiting
  }

  /** `key` identifies the partition: its JSON. Order of calls is the order of the source. */
  submit(key: string, partition: OffsetMap, offset: OffsetMap): Ticket {
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = { key, partition, tickets: [], head: 0, reached: undefined, committed: 0 }
      this.#lanes.set(key, lane)
    }
    const ticket: Ticket = { lane, offset, sequence: ++this.#sequence, state: 'waiting' }
    lane.tickets.push(ticket)
    this.#waiting++
    return ticket
  }

  /** Its records are durable. */
  ack(ticket: Ticket): void {
    this.#settle(ticket, 'acked')
  }

  /** Its records will never be written: it blocks nothing, and its offset is not committed (Connect's rule). */
  drop(ticket: Ticket): void {
    this.#settle(ticket, 'dropped')
  }

  /** What may be committed and is not known to be, one entry a partition. Asking changes nothing: a commit that fails is asked for again. */
  committable(): Committable[] {
    const found: Committable[] = []
    for (const { partition, reached, committed } of this.#lanes.values())
      if (reached && reached.sequence > committed) found.push({ partition, offset: reached.offset, ticket: reached })
    return found
  }

  markCommitted(entries: readonly Committable[]): void {
    for (const { ticket } of entries) {
      const { lane } = ticket
      lane.committed = Math.max(lane.committed, ticket.sequence) // I2
      this.#forgetIfDone(lane)
    }
  }

  #settle(ticket: Ticket, state: 'acked' | 'dropped'): void {
    if (ticket.state !== 'waiting') return
    ticket.state = state
    this.#waiting--
    const { lane } = ticket
    // I1: the prefix ends at the first that waits, whatever is acknowledged behind it.
    for (let next = lane.tickets[lane.head]; next && next.state !== 'waiting'; next = lane.tickets[lane.head]) {
      if (next.state === 'acked') lane.reached = next
      lane.head++
    }
    if (lane.head === lane.tickets.length) {
      lane.tickets = []
      lane.head = 0
      this.#forgetIfDone(lane)
    } else if (lane.head >= 1_024) {
      lane.tickets = lane.tickets.slice(lane.head)
      lane.head = 0
    }
  }
  /** Keeps memory to the partitions that have something to wait for. */
  #forgetIfDone(lane: Lane): void {
    const done = lane.tickets.length === 0 && (lane.reached?.sequence ?? 0) <= lane.committed
    if (done && this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key)
  }
}
