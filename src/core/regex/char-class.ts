import { readEscape } from './escape.js'
import { literal } from './syntax.js'
import type { Cursor } from './tokens.js'

export interface ClassFlags {
  readonly ignoreCase: boolean
  readonly comments: boolean
}

/** Reads a class whose `[` was taken, and gives it as a class under the `v` flag. Intersections bind weaker than unions. */
export function readClass(cursor: Cursor, flags: ClassFlags): string {
  const negated = cursor.skip('^')
  const operands: string[] = []
  let ended = false
  while (!ended) {
    const operand = readOperand(cursor, flags, operands.length === 0)
    operands.push(operand.text)
    ended = !operand.more
  }
  const text = operands.length === 1 ? (operands[0] as string) : `[${operands.join('&&')}]`
  return negated ? `[^${text}]` : text
}

/** Reads up to the closing bracket, or to the next `&&`: then there is `more`. */
function readOperand(
  cursor: Cursor,
  flags: ClassFlags,
  first: boolean,
): { readonly text: string; readonly more: boolean } {
  let members = ''
  let nestedFirst = false
  let mixed = false
  for (;;) {
    if (cursor.done) throw cursor.error('a character class is not closed')
    if (cursor.comes('&&')) {
      if (members === '' || cursor.comes('&&&')) throw cursor.error('&& in a character class lacks one of its sides')
      // Java groups this by other rules than one would think: ([b] with (c&&d)).
      if (nestedFirst && mixed && !first)
        throw cursor.error('a nested class, then characters, then && in a character class')
      cursor.skip('&&')
      if (cursor.comes(']') || cursor.comes('&')) throw cursor.error('&& in a character class lacks one of its sides')
      return { text: `[${members}]`, more: true }
    }
    // A bracket that would close an empty class stands for itself.
    if (cursor.comes(']') && members !== '') {
      cursor.skip(']')
      return { text: `[${members}]`, more: false }
    }
    if (cursor.skip('[')) {
      nestedFirst ||= members === ''
      members += readClass(cursor, flags)
    } else {
      mixed ||= nestedFirst
      members += readMember(cursor, flags)
    }
  }
}

function readMember(cursor: Cursor, flags: ClassFlags): string {
  const start = readOne(cursor, flags)
  if (typeof start === 'string') return start
  const rangeFollows = cursor.comes('-') && cursor.peek(1) !== '[' && cursor.peek(1) !== ']'
  if (!rangeFollows) return range(start, start, flags.ignoreCase)
  cursor.skip('-')
  const end = readOne(cursor, flags)
  if (typeof end === 'string' || end < start) throw cursor.error('a character class has an illegal range')
  return range(start, end, flags.ignoreCase)
}

/** One character by its number, or members as text. */
function readOne(cursor: Cursor, flags: ClassFlags): number | string {
  const char = cursor.peek()
  if (flags.comments && char !== undefined && /[#\s]/.test(char))
    throw cursor.error('blanks or comments within a character class under (?x)')
  if (!cursor.skip('\\')) return cursor.take().codePointAt(0) as number
  const name = cursor.peek()
  const escaped = readEscape(cursor, flags.ignoreCase)
  if (escaped.kind === 'char') return escaped.codePoint
  if (name === 'v' && cursor.comes('-')) throw cursor.error('\\v at the start of a range')
  return `[${escaped.negated ? '^' : ''}${escaped.text}]`
}

/** A range as class members; case is ignored among ASCII letters only, as Java does without (?u). */
export function range(from: number, to: number, ignoreCase: boolean): string {
  const plain = from === to ? literal(from) : `${literal(from)}-${literal(to)}`
  if (!ignoreCase) return plain
  return plain + shifted(from, to, 0x41, 0x5a, 32) + shifted(from, to, 0x61, 0x7a, -32)
}

function shifted(from: number, to: number, low: number, high: number, by: number): string {
  const start = Math.max(from, low)
  const end = Math.min(to, high)
  return start > end ? '' : range(start + by, end + by, false)
}
