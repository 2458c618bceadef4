import type { ActorRef } from '../actor/index.js'
import type { ManualClock } from './manual-clock.js'

/** An actor that only records, for tests to look at what others tell it. */
export class ActorProbe<M> {
  readonly ref: ActorRef<M>
  /** All that it has been told, in order. */
  readonly messages: readonly M[]
  readonly #clock: ManualClock
  #read = 0

  /** Made by `TestSystem.probe`. */
  constructor(ref: ActorRef<M>, messages: readonly M[], clock: ManualClock) {
    this.ref = ref
    this.messages = messages
    this.#clock = clock
  }

  /** The next message not looked at yet; moves virtual time by at most `withinMs` to get it, and fails when none comes. */
  async next(withinMs = 0): Promise<M> {
    try {
      await this.#clock.advanceUntil(() => this.messages.length > this.#read, withinMs)
    } catch {
      throw new Error(`${this.ref.path} was told nothing more within ${withinMs} ms, after ${this.#read} messages.`)
    }
    return this.messages[this.#read++] as M
  }

  /** Fails when there is a message not looked at yet, now or within `withinMs`. */
  async nothing(withinMs = 0): Promise<void> {
    await this.#clock.advance(withinMs)
    await this.#clock.settle()
    if (this.messages.length > this.#read)
      throw new Error(`${this.ref.path} was told ${JSON.stringify(this.messages[this.#read])}.`)
  }
}
