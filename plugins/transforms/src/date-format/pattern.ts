/** One part of a pattern of java.text.SimpleDateFormat: literal text, or a field and how often its letter stands there. */
export type Part = { readonly text: string } | { readonly letter: Letter; readonly count: number }

const letters = ['y', 'M', 'd', 'D', 'E', 'a', 'H', 'k', 'K', 'h', 'm', 's', 'S', 'z', 'Z', 'X'] as const
export type Letter = (typeof letters)[number]

/** Letters of Java's that depend on a locale's weeks or eras. */
const otherLetters = 'GYLwWFu'

/** Thrown for a pattern that Java refuses, or that has a letter which is not supported here. */
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
  const [first = ''] = token
  if (letter === undefined)
    throw new PatternError(
      otherLetters.includes(first)
        ? `The pattern letter '${first}' is not supported; supported are ${letters.join(' ')}`
        : `Illegal pattern character '${first}'`,
    )
  if (letter === 'X' && token.length > 3) throw new PatternError(`invalid ISO 8601 format: length=${token.length}`)
  return { letter, count: token.length }
}
