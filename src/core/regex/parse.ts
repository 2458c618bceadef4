import { range, readClass } from './char-class.js'
import { readEscape } from './escape.js'
import type { Node, Parsed } from './syntax.js'
import { Cursor } from './tokens.js'

/** The inline flags in force: i, m, s, d, x. `u` is kept to refuse it together with `i`. */
type Flags = Readonly<Record<'i' | 'm' | 's' | 'd' | 'x' | 'u', boolean>>

const noFlags: Flags = { i: false, m: false, s: false, d: false, x: false, u: false }

/** Not `[^]`, which under the `v` flag matches nothing when repeated in V8 11.3 (Node 20). */
const anyChar = '[\\0-\\u{10ffff}]'
const lineBreaks = '\\n\\r\\x85\\u2028\\u2029'
/** Before the last line break of the input, or at its end. */
const lastLineEnd = `(?=(?:\\r\\n|[\\r\\x85\\u2028\\u2029]|(?<!\\r)\\n)?$)`

/** Parses a Java pattern. Throws `config.regex_invalid`. */
export function parseJavaRegex(pattern: string): Parsed {
  return new Parser(pattern).parse()
}

class Parser {
  readonly #cursor: Cursor
  readonly #names = new Map<string, number>()
  #groups = 0
  #flags = noFlags

  constructor(pattern: string) {
    this.#cursor = new Cursor(pattern)
  }

  parse(): Parsed {
    const root = this.#alternation()
    if (!this.#cursor.done) throw this.#cursor.error('a ) has no (')
    return { root, groupCount: this.#groups, groupNames: this.#names }
  }

  #alternation(): Node {
    const options = [this.#sequence()]
    while (this.#cursor.skip('|')) options.push(this.#sequence())
    return options.length === 1 ? (options[0] as Node) : { kind: 'alternation', options }
  }

  #sequence(): Node {
    const items: Node[] = []
    for (;;) {
      this.#skipComments()
      if (this.#cursor.done || this.#cursor.comes('|') || this.#cursor.comes(')')) return { kind: 'sequence', items }
      const atom = this.#atom()
      if (atom !== undefined) items.push(this.#repeated(atom))
    }
  }

  #skipComments(): void {
    if (!this.#flags.x) return
    while (this.#cursor.takeWhile(/[\t-\r ]/) !== '' || this.#cursor.comes('#'))
      if (this.#cursor.comes('#')) this.#cursor.takeWhile(/[^\n\r\u0085\u2028\u2029]/)
  }

  /** The next thing that a quantifier may follow; undefined after inline flags. */
  #atom(): Node | undefined {
    const char = this.#cursor.peek() ?? ''
    switch (char) {
      case '(':
        return this.#group()
      case '[':
        this.#cursor.skip('[')
        return { kind: 'set', text: readClass(this.#cursor, { ignoreCase: this.#flags.i, comments: this.#flags.x }) }
      case '\\':
        this.#cursor.skip('\\')
        return this.#escape()
      case '.':
        this.#cursor.skip('.')
        return { kind: 'set', text: this.#flags.s ? anyChar : this.#flags.d ? '[^\\n]' : `[^${lineBreaks}]` }
      case '^':
        this.#cursor.skip('^')
        return { kind: 'anchor', text: this.#flags.m ? this.#lineStart() : '^' }
      case '$':
        this.#cursor.skip('$')
        return { kind: 'anchor', text: this.#flags.m ? this.#lineEnd() : this.#lastLineEnd() }
      case '*':
      case '+':
      case '?':
        throw this.#cursor.error(`${char} has nothing to repeat`)
      case '{':
        throw this.#cursor.error('{ has nothing to repeat')
      default:
        return this.#char(this.#cursor.take().codePointAt(0) as number)
    }
  }

  #char(codePoint: number): Node {
    const text = range(codePoint, codePoint, this.#flags.i)
    return { kind: 'set', text: /^(?:[A-Za-z0-9]|\\u\{[\da-f]+\})$/.test(text) ? text : `[${text}]` }
  }

  #lineStart(): string {
    return this.#flags.d ? '(?!$)(?:^|(?<=\\n))' : '(?!$)(?:^|(?<=[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n))'
  }

  #lineEnd(): string {
    return this.#flags.d ? `(?=\\n|$)` : `(?=[\\r\\x85\\u2028\\u2029]|(?<!\\r)\\n|$)`
  }

  #lastLineEnd(): string {
    return this.#flags.d ? `(?=\\n?$)` : lastLineEnd
  }

  #escape(): Node {
    const char = this.#cursor.peek() ?? ''
    const anchor = this.#anchorEscape(char)
    if (anchor !== undefined) {
      this.#cursor.take()
      if (char === 'b' && this.#cursor.comes('{')) throw this.#cursor.error('\\b{g} cannot be translated')
      return { kind: 'anchor', text: anchor }
    }
    if (char === 'R') {
      this.#cursor.take()
      return { kind: 'lineBreak' }
    }
    if (char === 'k') {
      this.#cursor.take()
      return this.#namedReference()
    }
    if (/[1-9]/.test(char)) return this.#reference()
    const escaped = readEscape(this.#cursor, this.#flags.i)
    if (escaped.kind === 'char') return this.#char(escaped.codePoint)
    return { kind: 'set', text: `[${escaped.negated ? '^' : ''}${escaped.text}]` }
  }

  #anchorEscape(char: string): string | undefined {
    switch (char) {
      case 'A':
      // Only whole texts are matched and only the first find counts, so the last match ended at the start.
      case 'G':
        return '^'
      case 'z':
        return '$'
      case 'Z':
        return this.#lastLineEnd()
      case 'b':
        return '\\b'
      case 'B':
        return '\\B'
      default:
        return undefined
    }
  }

  #namedReference(): Node {
    const name = this.#cursor.skip('<') ? this.#cursor.takeWhile(/[A-Za-z0-9]/) : ''
    const number = this.#names.get(name)
    if (!this.#cursor.skip('>') || number === undefined)
      throw this.#cursor.error(`\\k<${name}> names no group before it`)
    return this.#referenceTo(number)
  }

  /** Java takes as many digits as still name a group that was opened. */
  #reference(): Node {
    let number = Number(this.#cursor.take())
    for (;;) {
      const longer = Number(`${number}${this.#cursor.peek()?.match(/\d/)?.[0] ?? 'x'}`)
      if (!(longer <= this.#groups)) break
      number = longer
      this.#cursor.take()
    }
    return this.#referenceTo(number)
  }

  #referenceTo(number: number): Node {
    if (this.#flags.i) throw this.#cursor.error('a back reference that ignores case cannot be translated')
    return { kind: 'reference', number }
  }

  #group(): Node | undefined {
    this.#cursor.skip('(')
    const outer = this.#flags
    const node = this.#groupBody()
    if (node === undefined) return undefined
    this.#flags = outer
    if (!this.#cursor.skip(')')) throw this.#cursor.error('a ( is not closed')
    return node
  }

  /** What stands in parentheses, before the closing one; undefined for flags that change the rest of the group around, closed already. */
  #groupBody(): Node | undefined {
    if (!this.#cursor.comes('?')) return this.#capture()
    for (const [opening, behind, negated] of looks)
      if (this.#cursor.skip(opening)) return { kind: 'look', behind, negated, body: this.#alternation() }
    if (this.#cursor.skip('?:')) return this.#alternation()
    if (this.#cursor.skip('?>')) return { kind: 'atomic', body: this.#alternation() }
    if (this.#cursor.skip('?<')) return this.#namedCapture()
    this.#cursor.skip('?')
    this.#readFlags()
    if (this.#cursor.skip(')')) return undefined
    if (!this.#cursor.skip(':')) throw this.#cursor.error(`(?${this.#cursor.peek() ?? ''} cannot be translated`)
    return this.#alternation()
  }

  #capture(): Node {
    const number = ++this.#groups
    return { kind: 'capture', number, body: this.#alternation() }
  }

  #namedCapture(): Node {
    const name = this.#cursor.takeWhile(/[A-Za-z0-9]/)
    if (!/^[A-Za-z]/.test(name) || !this.#cursor.skip('>')) throw this.#cursor.error('a group name is malformed')
    if (this.#names.has(name)) throw this.#cursor.error(`the group name ${name} is used twice`)
    this.#names.set(name, this.#groups + 1)
    return this.#capture()
  }

  #readFlags(): void {
    const flags: Record<string, boolean> = { ...this.#flags }
    let on = true
    for (;;) {
      const char = this.#cursor.peek()
      if (char === '-') on = false
      else if (char !== undefined && /[imsdxu]/.test(char)) flags[char] = on
      else break
      this.#cursor.take()
    }
    this.#flags = flags as Flags
    if (this.#flags.i && this.#flags.u) throw this.#cursor.error('(?iu) cannot be translated')
  }

  #repeated(atom: Node): Node {
    this.#skipComments()
    const bounds = this.#bounds()
    if (bounds === undefined) return atom
    const lazy = this.#cursor.skip('?')
    const possessive = !lazy && this.#cursor.skip('+')
    this.#skipComments()
    const next = this.#cursor.peek()
    if (next !== undefined && '*+?{'.includes(next)) throw this.#cursor.error(`${next} repeats a repetition`)
    const repeat: Node = { kind: 'repeat', body: atom, ...bounds, lazy }
    return possessive ? { kind: 'atomic', body: repeat } : repeat
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.#cursor.skip('*')) return { min: 0, max: Infinity }
    if (this.#cursor.skip('+')) return { min: 1, max: Infinity }
    if (this.#cursor.skip('?')) return { min: 0, max: 1 }
    if (!this.#cursor.skip('{')) return undefined
    const least = this.#cursor.takeWhile(/\d/)
    const comma = this.#cursor.skip(',')
    const most = comma ? this.#cursor.takeWhile(/\d/) : least
    const min = Number(least)
    const max = most === '' ? Infinity : Number(most)
    const limit = 0x7fffffff
    if (least === '' || !this.#cursor.skip('}') || min > max || min > limit || (max > limit && most !== ''))
      throw this.#cursor.error('a repetition in braces is malformed')
    return { min, max }
  }
}

const looks = [
  ['?=', false, false],
  ['?!', false, true],
  ['?<=', true, false],
  ['?<!', true, true],
] as const
