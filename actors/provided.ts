import { MillraceError } from '../src/core/error.js'

/** What an actor provides to the siblings that start after it, for as long as it lives. */
export class Provided<T extends object> {
  readonly #what: string
  #value: T | undefined

  /** `what` names it in the error of who asks too early. */
  constructor(what: string) {
    this.#what = what
  }

  provide(value: T): void {
    this.#value = value
  }

  withdraw(): void {
    this.#value = undefined
  }

  get isProvided(): boolean {
    return this.#value !== undefined
  }

  /** Fails with `node.starting` while its provider is not up. */
  get(): T {
    if (this.#value === undefined) {
      throw new MillraceError('node.starting', `The node's ${this.#what} is not up yet.`, {
        hint: 'Try again in a moment.',
        disposition: 'retry',
      })
    }
    return this.#value
  }
}
