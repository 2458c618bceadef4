/**
 * Splits a header's text at unescaped `: , { } [ ] "`, each a token of its own, and lets the reader look ahead and go
 * back (the tokenizer of org.apache.kafka.connect.data.Values).
 */
export class Tokens {
  readonly text: string
  #at = 0
  #next: string | undefined
  #previous: string | undefined

  constructor(text: string) {
    this.text = text
  }

  get hasNext(): boolean {
    return this.#next !== undefined || this.#at < this.text.length
  }

  /** The token that was taken last. */
  get previous(): string | undefined {
    return this.#previous
  }

  /** Where to come back to with `rewind`: before the next token. */
  mark(): number {
    return this.#at - (this.#next?.length ?? 0)
  }

  rewind(to: number): void {
    this.#at = to
    this.#next = undefined
    this.#previous = undefined
  }

  take(): string {
    this.#previous = this.#next ?? this.#consume()
    this.#next = undefined
    return this.#previous
  }

  /** The text of the next `count` tokens, taken; undefined, and nothing taken, where there are fewer. */
  takeSome(count: number): string | undefined {
    const start = this.mark()
    for (let i = 0; i < count; i++) {
      if (!this.hasNext) {
        this.rewind(start)
        return undefined
      }
      this.take()
    }
    return this.text.slice(start, this.#at)
  }

  /** Takes the next token if it is `expected`; blank tokens before it are passed over, found or not. */
  skip(expected: string): boolean {
    if (!this.hasNext) return false
    this.#next ??= this.#consume()
    while (trimmed(this.#next) === '' && this.#at < this.text.length) this.#next = this.#consume()
    if (trimmed(this.#next) !== expected) return false
    this.#next = undefined
    return true
  }

  #consume(): string {
    const start = this.#at
    let escaped = false
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at] as string
      if (!escaped && ':,{}[]"'.includes(char)) {
        if (start === this.#at) this.#at++
        break
      }
      escaped = char === '\\' && !escaped
    }
    return this.text.slice(start, this.#at)
  }
}

/** Without the characters at both ends that Java's `trim` takes away: blank and all below. */
export function trimmed(text: string): string {
  return text.replace(/^[^!-\uffff]+|[^!-\uffff]+$/g, '')
}
