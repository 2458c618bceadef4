import { FieldSet } from './fields.js'
import type { FieldName } from './fields.js'
import { eras, halves, months, short, weekdays } from './names.js'
import type { Letter, Part } from './pattern.js'
import { isoZone, zone } from './zone.js'

/**
 * Reads a text by a pattern, in milliseconds since the epoch; undefined where it does not match. As lenient as Java
 * (SimpleDateFormat.parse): fields may be out of their ranges and run over, what follows is ignored, names are in any
 * case. A year of two digits is within the 80 years before `now` and the 20 after it.
 */
export function parseMillis(parts: readonly Part[], text: string, now: Date): number | undefined {
  const fields = new FieldSet(now)
  let at: number | undefined = 0
  for (const [index, part] of parts.entries()) {
    at = 'text' in part ? literal(text, at, part.text) : field(text, at, part, abuts(parts[index + 1]), fields)
    if (at === undefined) return undefined
  }
  return at === 0 ? undefined : fields.millis
}

/** All kinds of space stand for one another. */
function literal(text: string, at: number, expected: string): number | undefined {
  if (text.startsWith(expected, at)) return at + expected.length
  const plain = (of: string): string => of.replace(/\p{Zs}/gu, ' ')
  const found = text.slice(at, at + expected.length)
  return found.length === expected.length && plain(found) === plain(expected) ? at + expected.length : undefined
}

type FieldPart = Extract<Part, { readonly letter: Letter }>

/** Whether a number follows at once: the field then ends after as many characters as it has letters. */
function abuts(next: Part | undefined): boolean {
  return next !== undefined && 'letter' in next && !isText(next)
}

function isText({ letter, count }: FieldPart): boolean {
  return letter === 'M' || letter === 'L' ? count >= 3 : Object.hasOwn(texts, letter)
}

/** Where the field ends; undefined where it does not match. Blanks in front are skipped, but not those before a name. */
function field(text: string, start: number, part: FieldPart, fixed: boolean, fields: FieldSet): number | undefined {
  const at = afterBlanks(text, start)
  if (at >= text.length) return undefined
  if (isText(part)) return texts[part.letter]?.({ text, start, at, count: part.count, fields })
  const end = fixed ? start + part.count : text.length
  const digits = end > text.length ? '' : digitsAt(text, at, end)
  if (digits === '') return undefined
  const year = part.letter === 'y' ? 'year' : part.letter === 'Y' ? 'weekYear' : undefined
  if (year && part.count <= 2 && /^\d\d$/.test(digits)) fields.setShortYear(year, Number(digits))
  else numbers[part.letter]?.(fields, int32(digits))
  return at + digits.length
}

function afterBlanks(text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}

/** The digits between two places, a minus before them; empty where there are none. */
function digitsAt(text: string, from: number, to: number): string {
  const first = text[from] === '-' ? from + 1 : from
  let at = first
  while (at < to && isDigit(text.charCodeAt(at))) at++
  return at === first ? '' : text.slice(from, at)
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Java keeps the low 32 bits of a 64-bit number, and the largest of a longer one. */
function int32(digits: string): number {
  if (digits.length < 10) return Number(digits)
  const value = BigInt(digits)
  if (BigInt.asIntN(64, value) === value) return Number(BigInt.asIntN(32, value))
  return value < 0n ? -0x80000000 : 0x7fffffff
}

const plain =
  (name: FieldName) =>
  (fields: FieldSet, value: number): void =>
    fields.set(name, value)

const month = (fields: FieldSet, value: number): void => fields.set('month', value - 1)

const numbers: Readonly<Partial<Record<Letter, (fields: FieldSet, value: number) => void>>> = {
  y: plain('year'),
  Y: plain('weekYear'),
  M: month,
  L: month,
  w: plain('weekOfYear'),
  W: plain('weekOfMonth'),
  d: plain('day'),
  D: plain('dayOfYear'),
  F: plain('weekdayInMonth'),
  // From Monday, 1; what is out of range is Java's number of a weekday, which counts from Sunday, 1.
  u: (fields, value) => fields.set('weekday', value >= 1 && value <= 7 ? value % 7 : value - 1),
  H: plain('hourOfDay'),
  k: (fields, value) => fields.set('hourOfDay', value === 24 ? 0 : value),
  K: plain('hour'),
  h: (fields, value) => fields.set('hour', value === 12 ? 0 : value),
  m: plain('minute'),
  s: plain('second'),
  S: plain('milli'),
}

interface Reading {
  readonly text: string
  /** Before and after blanks. */
  readonly start: number
  readonly at: number
  readonly count: number
  readonly fields: FieldSet
}

const texts: Readonly<Partial<Record<Letter, (of: Reading) => number | undefined>>> = {
  G: named('era', eras),
  M: named('month', months),
  L: named('month', months),
  E: named('weekday', weekdays),
  a: named('half', halves),
  z: ({ text, at, fields }) => zone(text, at, fields),
  Z: ({ text, at, fields }) => zone(text, at, fields),
  X: ({ text, at, count, fields }) => isoZone(text, at, count, fields),
}

/** Whole names before short ones. */
function named(field: FieldName, names: readonly string[]): (of: Reading) => number | undefined {
  const forms = [names, names.map(short)]
  return ({ text, start, fields }) => {
    const rest = text.slice(start, start + 9).toLowerCase()
    for (const form of forms) {
      const index = form.findIndex(name => rest.startsWith(name.toLowerCase()))
      if (index === -1) continue
      fields.set(field, index)
      return start + (form[index] ?? '').length
    }
    return undefined
  }
}
