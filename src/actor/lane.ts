import { Deque } from './deque.js'
import type { LaneSnapshot } from './snapshot.js'
import { WaitingSender, WaitingSenders } from './waiting-senders.js'

/** One bounded queue of a mailbox. Senders that find it full wait in their order (I6). */
export class BoundedLane<M> {
  readonly #capacity: number
  readonly #messages = new Deque<M>()
  /** When each message was told, in the same order. */
  readonly #times = new Deque<number>()
  readonly #waiting = new WaitingSenders<M>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#messages.size
  }

  /** False when it is full; whoever waits is served before any newcomer, since waiting means full. */
  offer(message: M, now: number): boolean {
    if (this.#messages.size >= this.#capacity) return false
    this.#messages.push(message)
    this.#times.push(now)
    return true
  }

  /** After an `offer` that failed: holds `message` until there is room, then calls `release`. */
  hold(message: M, now: number, release: () => void): WaitingSender<M> {
    const sender = new WaitingSender(message, now, release)
    this.#waiting.push(sender)
    return sender
  }

  /** Takes a waiting sender back with its message; false when the lane has it already. */
  withdraw(sender: WaitingSender<M>): boolean {
    return this.#waiting.remove(sender)
  }

  /** Takes one over the bound. Only for what is bounded elsewhere: an actor's timers and watches. */
  force(message: M, now: number): void {
    this.#messages.push(message)
    this.#times.push(now)
  }

  /** Puts a message back at the head. Only for what was taken from here; the stash has its own bound. */
  putBack(message: M, now: number): void {
    this.#messages.unshift(message)
    this.#times.unshift(now)
  }

  /** The message at the head; the lane must not be empty. */
  take(): M {
    const message = this.#messages.shift() as M
    this.#times.shift()
    if (this.#waiting.size > 0) this.#admit()
    return message
  }

  /** Drops what `unwanted` says, of the messages it holds. */
  discard(unwanted: (message: M) => boolean): void {
    for (let left = this.#messages.size; left > 0; left--) {
      const message = this.#messages.shift() as M
      const time = this.#times.shift() as number
      if (!unwanted(message)) this.force(message, time)
    }
    this.#admit()
  }

  /** Everything in it and waiting for it, in order; all waiting senders are released. */
  drain(): M[] {
    const all = [...this.#messages]
    while (this.#messages.size > 0) {
      this.#messages.shift()
      this.#times.shift()
    }
    for (let sender = this.#waiting.shift(); sender !== undefined; sender = this.#waiting.shift()) {
      all.push(sender.message)
      sender.release()
    }
    return all
  }

  /** Everything in it and waiting for it. */
  *contents(): Generator<M> {
    yield* this.#messages
    yield* this.#waiting.messages()
  }

  snapshot(now: number): LaneSnapshot {
    return {
      depth: this.#messages.size,
      capacity: this.#capacity,
      waiting: this.#waiting.size,
      oldestMs: this.#times.size === 0 ? 0 : now - (this.#times.peek() as number),
    }
  }

  #admit(): void {
    while (this.#messages.size < this.#capacity) {
      const sender = this.#waiting.shift()
      if (sender === undefined) return
      this.#messages.push(sender.message)
      this.#times.push(sender.since)
      sender.release()
    }
  }
}
