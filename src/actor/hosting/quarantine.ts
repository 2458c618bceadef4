/**
 * Who must live in a thread of its own: whoever brought one down less than `quarantineMs` ago (I5). A later takedown
 * starts the time anew. Time is passed in; entries go when it is over, so that deleted tasks leave nothing behind.
 */
export class Quarantine {
  readonly #quarantineMs: number
  readonly #until = new Map<string, number>()

  constructor(quarantineMs: number) {
    this.#quarantineMs = quarantineMs
  }

  takedown(name: string, now: number): void {
    this.#forget(now)
    this.#until.set(name, now + this.#quarantineMs)
  }

  isolated(name: string, now: number): boolean {
    this.#forget(now)
    return this.#until.has(name)
  }

  #forget(now: number): void {
    for (const [name, until] of this.#until) if (until <= now) this.#until.delete(name)
  }
}
