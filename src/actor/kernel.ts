import type { Clock } from '../ports/clock.js'
import type { Random } from '../ports/random.js'
import type { Dispatcher } from './dispatcher.js'
import type { ActorEvent } from './event.js'

/** What all actors of a system share. */
export interface Kernel {
  readonly clock: Clock
  readonly random: Random
  readonly dispatcher: Dispatcher
  publish(event: ActorEvent): void
}

/** Calls foreign code where a throw must not stop the kernel half-way: it surfaces as an uncaught exception instead. */
export function callListener(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
