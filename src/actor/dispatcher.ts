import type { Clock } from '../ports/clock.js'
import { Deque } from './deque.js'

/** Something that has a turn to take. */
export interface Runnable {
  /** Takes one turn, which began at `now`; returns when it ended. */
  run(now: number): number
}

/** Turns taken, and time spent on them in one go, before the event loop has its own. */
const turnsBeforeYield = 256
const sliceMs = 5

/** Gives the actors of a thread their turns, in the order in which they became ready, and leaves the event loop its share. */
export class Dispatcher {
  readonly #clock: Clock
  readonly #defer: (run: () => void) => void
  readonly #ready = new Deque<Runnable>()
  #armed = false
  #turns = 0

  constructor(clock: Clock, defer: (run: () => void) => void) {
    this.#clock = clock
    this.#defer = defer
  }

  /** The caller makes sure that a runnable is in the queue once. */
  schedule(runnable: Runnable): void {
    this.#ready.push(runnable)
    if (this.#armed) return
    this.#armed = true
    queueMicrotask(this.#run)
  }

  readonly #run = (): void => {
    const began = this.#clock.now()
    let now = began
    for (let runnable = this.#ready.shift(); runnable !== undefined; runnable = this.#ready.shift()) {
      now = runnable.run(now)
      // Turns are counted over runs, since a chain of asynchronous actors makes a run of each turn.
      if (++this.#turns >= turnsBeforeYield || now - began >= sliceMs) {
        this.#turns = 0
        this.#defer(this.#run)
        return
      }
    }
    this.#armed = false
  }
}
