import { invalidRegex } from './syntax.js'

interface Token {
  readonly char: string
  /** From between `\Q` and `\E`: stands for itself. */
  readonly quoted: boolean
}

/** Splits a pattern into characters, with `\Q…\E` resolved first, as Java does, everywhere. */
function tokensOf(pattern: string): Token[] {
  const chars = Array.from(pattern)
  const tokens: Token[] = []
  let quoted = false
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string
    const next = chars[i + 1]
    if (quoted && char === '\\' && next === 'E') {
      quoted = false
      i++
    } else if (!quoted && char === '\\' && next === 'Q') {
      quoted = true
      i++
    } else {
      tokens.push({ char, quoted })
      // Whatever follows a backslash belongs to it, a second backslash too.
      if (!quoted && char === '\\' && next !== undefined) {
        tokens.push({ char: next, quoted: false })
        i++
      }
    }
  }
  return tokens
}

/** Walks over a pattern. */
export class Cursor {
  readonly pattern: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(pattern: string) {
    this.pattern = pattern
    this.#tokens = tokensOf(pattern)
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** The character `ahead` of here if it may have a meaning; undefined for a quoted one and at the end. */
  peek(ahead = 0): string | undefined {
    const token = this.#tokens[this.#at + ahead]
    return token === undefined || token.quoted ? undefined : token.char
  }

  /** Whether these characters come next, with their meaning. */
  comes(text: string): boolean {
    return Array.from(text).every((char, index) => this.peek(index) === char)
  }

  /** Steps over these characters if they come next. */
  skip(text: string): boolean {
    if (!this.comes(text)) return false
    this.#at += Array.from(text).length
    return true
  }

  /** Takes the next character, quoted or not. */
  take(): string {
    const token = this.#tokens[this.#at]
    if (token === undefined) throw this.error('it ends too early')
    this.#at++
    return token.char
  }

  /** Takes up to `most` characters while they match; quoted ones never do. */
  takeWhile(test: RegExp, most = Infinity): string {
    let taken = ''
    for (let char = this.peek(); char !== undefined && test.test(char) && taken.length < most; char = this.peek()) {
      taken += char
      this.#at++
    }
    return taken
  }

  error(what: string): Error {
    return invalidRegex(this.pattern, what)
  }
}
