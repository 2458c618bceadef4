import { MillraceError } from '../core/error.js'
import { Deque } from './deque.js'
import { BoundedLane } from './lane.js'
import type { Lane } from './ref.js'
import type { MailboxBounds } from './spec.js'

/** A message and the lane it came by. */
interface Stashed<M> {
  readonly message: M
  readonly lane: Lane
}

/** What an actor has been told and not processed: two lanes, control first, and a stash. It outlives restarts. */
export class Mailbox<M> {
  readonly control: BoundedLane<M>
  readonly data: BoundedLane<M>
  readonly #stash = new Deque<Stashed<M>>()
  readonly #stashCapacity: number
  #takenFrom: Lane = 'data'

  constructor(bounds: MailboxBounds) {
    this.control = new BoundedLane(bounds.control)
    this.data = new BoundedLane(bounds.data)
    this.#stashCapacity = bounds.stash
  }

  get isEmpty(): boolean {
    return this.control.size === 0 && this.data.size === 0
  }

  get stashed(): number {
    return this.#stash.size
  }

  lane(name: Lane): BoundedLane<M> {
    return name === 'control' ? this.control : this.data
  }

  /** The lane of the message taken last. */
  get takenFrom(): Lane {
    return this.#takenFrom
  }

  /** The next message; the mailbox must not be empty. */
  take(): M {
    this.#takenFrom = this.control.size > 0 ? 'control' : 'data'
    return this.#takenFrom === 'control' ? this.control.take() : this.data.take()
  }

  stash(message: M, lane: Lane): void {
    if (this.#stash.size >= this.#stashCapacity)
      throw new MillraceError('actor.stash_full', `The stash holds ${this.#stashCapacity} messages already.`)
    this.#stash.push({ message, lane })
  }

  unstashAll(now: number): void {
    for (let last = this.#stash.pop(); last !== undefined; last = this.#stash.pop())
      this.lane(last.lane).putBack(last.message, now)
  }

  discard(unwanted: (message: M) => boolean): void {
    this.control.discard(unwanted)
    this.data.discard(unwanted)
  }

  /** Empties it, releasing every waiting sender. */
  drain(): Stashed<M>[] {
    const drained: Stashed<M>[] = []
    for (let next = this.#stash.shift(); next !== undefined; next = this.#stash.shift()) drained.push(next)
    for (const message of this.control.drain()) drained.push({ message, lane: 'control' })
    for (const message of this.data.drain()) drained.push({ message, lane: 'data' })
    return drained
  }

  /** Everything in it, stashed, or waiting for room. */
  *contents(): Generator<M> {
    for (const { message } of this.#stash) yield message
    yield* this.control.contents()
    yield* this.data.contents()
  }
}
