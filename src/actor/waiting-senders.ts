/** A sender held back by a full lane, with its message. A link of `WaitingSenders`. */
export class WaitingSender<M> {
  previous: WaitingSender<M> | undefined
  next: WaitingSender<M> | undefined
  readonly message: M
  readonly since: number
  readonly release: () => void

  constructor(message: M, since: number, release: () => void) {
    this.message = message
    this.since = since
    this.release = release
  }
}

/** The senders that wait for room in one lane, first come first served; any of them may leave at any time. */
export class WaitingSenders<M> {
  #first: WaitingSender<M> | undefined
  #last: WaitingSender<M> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  push(sender: WaitingSender<M>): void {
    sender.previous = this.#last
    if (this.#last === undefined) this.#first = sender
    else this.#last.next = sender
    this.#last = sender
    this.#size++
  }

  shift(): WaitingSender<M> | undefined {
    const first = this.#first
    if (first !== undefined) this.remove(first)
    return first
  }

  /** False when it waits no more. */
  remove(sender: WaitingSender<M>): boolean {
    if (sender !== this.#first && sender.previous === undefined) return false
    if (sender.previous === undefined) this.#first = sender.next
    else sender.previous.next = sender.next
    if (sender.next === undefined) this.#last = sender.previous
    else sender.next.previous = sender.previous
    sender.previous = undefined
    sender.next = undefined
    this.#size--
    return true
  }

  *messages(): Generator<M> {
    for (let sender = this.#first; sender !== undefined; sender = sender.next) yield sender.message
  }
}
