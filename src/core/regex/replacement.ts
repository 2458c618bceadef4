import { invalidRegex } from './syntax.js'

/** A replacement in pieces: text as it is, or Java's number of a group. */
export type Piece = string | number

/** Reads Java's replacement syntax: `$1`, `${name}`, `\x` for x itself. Throws `config.regex_invalid`. */
export function parseReplacement(
  replacement: string,
  groupCount: number,
  groupNames: ReadonlyMap<string, number>,
): readonly Piece[] {
  const refuse = (what: string): never => {
    throw invalidRegex(replacement, what)
  }
  const pieces: Piece[] = []
  let at = 0
  while (at < replacement.length) {
    const char = replacement[at] as string
    if (char === '\\') {
      if (at + 1 >= replacement.length) refuse('character to be escaped is missing')
      pieces.push(replacement[at + 1] as string)
      at += 2
    } else if (char === '$') {
      const named = /^\$\{([A-Za-z][A-Za-z0-9]*)\}/.exec(replacement.slice(at))
      if (named !== null) {
        pieces.push(groupNames.get(named[1] as string) ?? refuse(`No group with name {${named[1]}}`))
        at += named[0].length
        continue
      }
      const digits = /^\d+/.exec(replacement.slice(at + 1))?.[0] ?? refuse('Illegal group reference')
      const taken = groupDigits(digits, groupCount)
      if (Number(taken) > groupCount) refuse(`No group ${taken}`)
      pieces.push(Number(taken))
      at += 1 + taken.length
    } else {
      pieces.push(char)
      at++
    }
  }
  return pieces
}

/** One digit always, and more as long as they still name a group: with one group `$10` is the first and a zero. */
function groupDigits(digits: string, groupCount: number): string {
  let taken = 1
  while (taken < digits.length && Number(digits.slice(0, taken + 1)) <= groupCount) taken++
  return digits.slice(0, taken)
}
