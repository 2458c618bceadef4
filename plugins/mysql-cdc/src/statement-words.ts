/** White space, comments, and the brackets of comments that the server executes: `/*!50100 … *\/`, `/*M!100100 … *\/`. */
const space = /(?:\s+|\/\*M?!\d*|\*\/|\/\*(?!M?!)[\s\S]*?(?:\*\/|$)|#[^\n]*|--(?=\s|$)[^\n]*)*/uy
/** A name between backticks, a text or name between quotes, a text, a word, or a sign. */
const token =
  /`[^`]*(?:``[^`]*)*`|"[^"\\]*(?:(?:""|\\.)[^"\\]*)*"|'[^'\\]*(?:(?:''|\\.)[^'\\]*)*'|[\w$\u0080-\u{10ffff}]+|[^]/suy

/** The words of a statement one after another, no more of them than somebody asks for. Keywords are those that stand in no quotes, in any case. */
export class Words {
  readonly #sql: string
  #at = 0
  /** The next one; empty: there is none. */
  #next = ''

  constructor(sql: string) {
    this.#sql = sql
    this.#advance()
  }

  get isAtEnd(): boolean {
    return this.#next === ''
  }

  is(...keywords: readonly string[]): boolean {
    return keywords.includes(this.#next.toUpperCase())
  }

  /** Whether one of these comes next; if so it is passed. */
  takes(...keywords: readonly string[]): boolean {
    if (!this.is(...keywords)) return false
    this.#advance()
    return true
  }

  /** Takes whatever comes next. */
  skip(): void {
    this.#advance()
  }

  /** A name without its quotes; undefined: none comes next. */
  name(): string | undefined {
    const text = this.#next
    const quote = text[0]
    if (quote === "'" || !/^[`"\w$\u0080-\u{10ffff}]/u.test(text)) return undefined
    this.#advance()
    return quote === '`' || quote === '"' ? text.slice(1, -1).replaceAll(quote + quote, quote) : text
  }

  #advance(): void {
    space.lastIndex = this.#at
    space.test(this.#sql)
    token.lastIndex = space.lastIndex
    this.#next = token.exec(this.#sql)?.[0] ?? ''
    this.#at = token.lastIndex
    if (this.#next === '') this.#at = this.#sql.length
  }
}
