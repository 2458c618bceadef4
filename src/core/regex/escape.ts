import type { Cursor } from './tokens.js'
import { propertyMembers } from './property.js'

/** What an escape sequence stands for: one character, or a set given as members of a class. */
export type Escaped =
  | { readonly kind: 'char'; readonly codePoint: number }
  | { readonly kind: 'members'; readonly text: string; readonly negated: boolean }

const horizontal = '\\t\\x20\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000'
const vertical = '\\n-\\r\\x85\\u2028\\u2029'

const sets: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'a-zA-Z_0-9',
  s: '\\t-\\r\\x20',
  h: horizontal,
  v: vertical,
}

const controls: Readonly<Record<string, number>> = { a: 7, e: 0x1b, f: 0xc, n: 0xa, r: 0xd, t: 9 }

/** Reads the escape after a backslash that was taken: those that mean the same in and out of a class. */
export function readEscape(cursor: Cursor, ignoreCase: boolean): Escaped {
  const char = cursor.take()
  const control = controls[char]
  if (control !== undefined) return { kind: 'char', codePoint: control }
  const set = sets[char.toLowerCase()]
  if (set !== undefined) return { kind: 'members', text: set, negated: char !== char.toLowerCase() }
  switch (char) {
    case '0':
      return { kind: 'char', codePoint: octal(cursor) }
    case 'x':
      return { kind: 'char', codePoint: hexadecimal(cursor) }
    case 'u':
      return { kind: 'char', codePoint: utf16(cursor) }
    case 'c':
      return { kind: 'char', codePoint: (cursor.take().codePointAt(0) as number) ^ 64 }
    case 'p':
    case 'P':
      return property(cursor, char === 'P', ignoreCase)
    default:
      if (/[A-Za-z0-9]/.test(char)) throw cursor.error(`\\${char} cannot be used here`)
      return { kind: 'char', codePoint: char.codePointAt(0) as number }
  }
}

function octal(cursor: Cursor): number {
  const first = cursor.takeWhile(/[0-7]/, 1)
  if (first === '') throw cursor.error('\\0 needs an octal number')
  return Number.parseInt(first + cursor.takeWhile(/[0-7]/, first <= '3' ? 2 : 1), 8)
}

function hexadecimal(cursor: Cursor): number {
  if (cursor.skip('{')) {
    const digits = cursor.takeWhile(/[\dA-Fa-f]/)
    const value = Number.parseInt(digits, 16)
    if (!cursor.skip('}') || !(value <= 0x10ffff)) throw cursor.error('\\x{ needs the number of a character and }')
    return value
  }
  return digits(cursor, 2, '\\x')
}

function digits(cursor: Cursor, count: number, of: string): number {
  const text = cursor.takeWhile(/[\dA-Fa-f]/, count)
  if (text.length < count) throw cursor.error(`${of} needs ${count} hexadecimal digits`)
  return Number.parseInt(text, 16)
}

/** A high surrogate joins with the low one that follows as a second escape. */
function utf16(cursor: Cursor): number {
  const unit = digits(cursor, 4, '\\u')
  if (unit < 0xd800 || unit > 0xdbff || !cursor.comes('\\u')) return unit
  const low = Number.parseInt([2, 3, 4, 5].map(ahead => cursor.peek(ahead) ?? '').join(''), 16)
  if (!(low >= 0xdc00 && low <= 0xdfff)) return unit
  cursor.skip('\\u')
  digits(cursor, 4, '\\u')
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
}

function property(cursor: Cursor, negated: boolean, ignoreCase: boolean): Escaped {
  let name: string
  if (cursor.skip('{')) {
    name = cursor.takeWhile(/[^}]/)
    if (!cursor.skip('}')) throw cursor.error('\\p{ is not closed')
  } else name = cursor.take()
  const text = propertyMembers(name, ignoreCase)
  if (text === undefined) throw cursor.error(`the property \\p{${name}} cannot be translated`)
  return { kind: 'members', text, negated }
}
