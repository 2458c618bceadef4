import type { Clock, TimerHandle } from '../ports/clock.js'
import type { Packing } from './client-settings.js'

/** `linger.ms`: how long a unit that is not full waits for more records, where somebody asked for it. */
export class Linger {
  readonly #packing: Pick<Packing, 'lingerMs' | 'targetBatchBytes'>
  readonly #clock: Clock
  readonly #onOver: () => void
  #since: number | undefined
  #timer: TimerHandle | undefined

  /** `onOver`: the time is over, though nothing more may come. */
  constructor(packing: Pick<Packing, 'lingerMs' | 'targetBatchBytes'>, clock: Clock, onOver: () => void) {
    this.#packing = packing
    this.#clock = clock
    this.#onOver = onOver
  }

  /** Whether a unit of so many bytes is to wait; it has waited from the first time that this was asked on. */
  holds(bytes: number): boolean {
    const { lingerMs, targetBatchBytes } = this.#packing
    if (lingerMs === 0 || bytes === 0 || bytes >= targetBatchBytes) return false
    const now = this.#clock.now()
    this.#since ??= now
    const left = this.#since + lingerMs - now
    if (left <= 0) return false
    this.#timer ??= this.#clock.setTimer(this.#onOver, left)
    return true
  }

  /** The unit was sent, or dropped. */
  end(): void {
    this.#since = undefined
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
  }
}
