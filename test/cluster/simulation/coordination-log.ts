import type { ClusterEvent, ClusterRecord } from '../../../src/cluster/events.js'
import { decodeEvent, encodeEvent } from '../../../src/cluster/wire.js'
import type { Chance } from './chance.js'
import type { Timeline } from './timeline.js'

/** What may befall an append on its way. Probabilities from 0 to 1. */
export interface Trouble {
  /** Lands 2 to 20 s later. */
  late: number
  /** Lands once more, up to 15 s later. */
  duplicate: number
  /** Takes up to 4 s. */
  spike: number
}

export const calm: Trouble = { late: 0, duplicate: 0, spike: 0 }

/** Bytes that a single record adds to its body on the wire. */
const recordOverhead = 70

/** The coordination topic's one partition, as its broker sees it. */
export class CoordinationLog {
  readonly records: ClusterRecord[] = []
  /** The first offset that is still there. */
  start = 0
  trouble: Trouble = calm
  bytes = 0
  #stalledUntil = 0
  #readStallUntil = 0
  #clock = { at: 0, shows: 1_700_000_000_000, rate: 1 }

  constructor(
    readonly timeline: Timeline,
    readonly chance: Chance,
  ) {}

  get end(): number {
    return this.records.length
  }

  /** The broker's clock, which need not be right. */
  clock(): number {
    const { at, shows, rate } = this.#clock
    return Math.floor(shows + (this.timeline.now - at) * rate)
  }

  setClock(step: number, rate: number): void {
    this.#clock = { at: this.timeline.now, shows: this.clock() + step, rate }
  }

  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.timeline.now + ms)
  }

  /** Appends land meanwhile. */
  stallReaders(ms: number): void {
    this.#readStallUntil = this.timeline.now + ms
  }

  get readable(): boolean {
    return this.timeline.now >= this.#stalledUntil && this.timeline.now >= this.#readStallUntil
  }

  /** `lostUntil`: the sender is cut off, and what it sends is lost, or lands when it is not any more. */
  append(event: ClusterEvent, lostUntil = 0): void {
    const { chance, trouble, timeline } = this
    const body = encodeEvent(event)
    let delay = chance.between(1, 15)
    if (chance.happens(trouble.spike)) delay = chance.between(50, 4_000)
    if (chance.happens(trouble.late)) delay = chance.between(2_000, 20_000)
    if (lostUntil > timeline.now) {
      if (chance.happens(0.6)) return
      delay += lostUntil - timeline.now
    }
    timeline.after(delay, () => this.#land(body))
    if (chance.happens(trouble.duplicate)) timeline.after(delay + chance.between(0, 15_000), () => this.#land(body))
  }

  #land(body: Uint8Array): void {
    if (this.timeline.now < this.#stalledUntil) {
      this.timeline.at(this.#stalledUntil + this.chance.between(0, 200), () => this.#land(body))
      return
    }
    this.bytes += body.length + recordOverhead
    this.records.push({ offset: this.end, timestamp: this.clock(), event: decodeEvent(body) })
  }

  /** Retention: everything below is gone. */
  cut(start: number): void {
    this.start = Math.max(this.start, Math.min(start, this.end))
  }

  /** An unclean election: the last records are gone. */
  loseSuffix(count: number): void {
    this.records.length = Math.max(this.start, this.end - count)
  }
}
