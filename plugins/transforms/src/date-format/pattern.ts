/** One part of a pattern of java.text.SimpleDateFormat: literal text, or a field and how often its letter stands there. */
export type Part = { readonly text: string } | { readonly letter: Letter; readonly count: number }

const letters = [
  'G',
  'y',
  'Y',
  'M',
  'L',
  'w',
  'W',
  'D',
  'd',
  'F',
  'E',
  'u',
  'a',
  'H',
  'k',
  'K',
  'h',
  'm',
  's',
  'S',
  'z',
  'Z',
  'X',
] as const
export type Letter = (typeof letters)[number]

/** Thrown for a pattern that Java refuses. */
export class PatternError extends Error {}

/**
 * A run of one letter; a quote, written as two; quoted text, in which two quotes stand for one; a quote that nothing
 * closes; other text.
 */
const tokens = /([A-Za-z])\1*|''|'(?:[^']|'')*'|'|[^A-Za-z']+/g

/** Splits a pattern into its parts; no text is empty. Throws `PatternError`. */
export function parsePattern(pattern: string): readonly Part[] {
  return Array.from(pattern.matchAll(tokens), ([token]) => partOf(token))
}

function partOf(token: string): Part {
  if (token === "'") throw new PatternError('Unterminated quote')
  if (token === "''") return { text: "'" }
  if (token.startsWith("'")) return { text: token.slice(1, -1).replaceAll("''", "'") }
  return /^[A-Za-z]/.test(token) ? fieldOf(token) : { text: token }
}

function fieldOf(token: string): Part {
  const letter = letters.find(letter => token.startsWith(letter))
  if (letter === undefined) throw new PatternError(`Illegal pattern character '${token[0]}'`)
  if (letter === 'X' && token.length > 3) throw new PatternError(`invalid ISO 8601 format: length=${token.length}`)
  return { letter, count: token.length }
}
