import type { Outcome } from './behavior.js'
import type { AnyRef } from './ref.js'

/**
 * What the kernel puts into a mailbox beside messages, over its bound: one for each timer and each watch of the actor
 * at most (I6). `live` turns false when the timer or watch is over, or the life that it belongs to.
 */
export abstract class Signal {
  live = true
}

export class TimerDue extends Signal {
  readonly message: unknown
  /** Whether it waits in the mailbox. */
  queued = false

  constructor(message: unknown) {
    super()
    this.message = message
  }
}

export class Terminated extends Signal {
  readonly ref: AnyRef
  readonly outcome: Outcome

  constructor(ref: AnyRef, outcome: Outcome) {
    super()
    this.ref = ref
    this.outcome = outcome
  }
}
