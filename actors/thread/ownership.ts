import { MillraceError } from '../../src/core/error.js'
import type { Clock } from '../../src/ports/clock.js'
import { stopped } from '../../src/pipeline/task-failure.js'

/** A beat comes back within a lease; without one the coordinator itself says that it does not know. */
const answerMs = 40_000

/** What a task asks the coordinator of its node through its control side: whether its grant still is its own. */
export class OwnershipQuestions {
  readonly #send: (number: number) => void
  readonly #clock: Clock
  readonly #asked = new Map<number, (isOwner: boolean | undefined) => void>()
  #count = 0

  constructor(send: (number: number) => void, clock: Clock) {
    this.#send = send
    this.#clock = clock
  }

  /** Fails with `task.stopped` when `signal` aborts, and with `task.ownership_unknown` (retry) where nobody knows. */
  ask(signal: AbortSignal): Promise<boolean> {
    const number = ++this.#count
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#clock.clearTimer(timer)
        signal.removeEventListener('abort', onAbort)
        this.#asked.delete(number)
      }
      const answer = (isOwner: boolean | undefined): void => {
        end()
        if (isOwner === undefined) reject(unknown())
        else resolve(isOwner)
      }
      const onAbort = (): void => {
        end()
        reject(stopped())
      }
      const timer = this.#clock.setTimer(() => answer(undefined), answerMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#asked.set(number, answer)
      if (signal.aborted) onAbort()
      else this.#send(number)
    })
  }

  /** `undefined`: the coordinator could not say. */
  answered(number: number, isOwner: boolean | undefined): void {
    this.#asked.get(number)?.(isOwner)
  }
}

function unknown(): MillraceError {
  return new MillraceError('task.ownership_unknown', "Whether the task is still this node's cannot be said now.", {
    hint: 'It is asked again; see whether the coordination topic can be read.',
    disposition: 'retry',
  })
}
