import { emit } from './regex/emit.js'
import { parseJavaRegex } from './regex/parse.js'
import { parseReplacement } from './regex/replacement.js'
import { invalidRegex } from './regex/syntax.js'

/** A compiled pattern of Java's `java.util.regex`. */
export interface JavaRegex {
  readonly pattern: string
  /** Whether the whole text matches (`Matcher.matches`). */
  matches(text: string): boolean
  /** Compiles a replacement in Java's syntax into a function that replaces the first find. Throws `config.regex_invalid`. */
  replacer(replacement: string): (text: string) => string
  /** Replaces the first find (`Matcher.replaceFirst`). Throws `config.regex_invalid` for a malformed replacement. */
  replaceFirst(text: string, replacement: string): string
}

/**
 * Compiles a pattern in Java syntax. What JavaScript could not match exactly as Java does is refused with
 * `config.regex_invalid`, which names the construct; nothing is translated by guess. `\b` knows ASCII letters only, as
 * in Java since version 19.
 */
export function compileJavaRegex(pattern: string): JavaRegex {
  const parsed = parseJavaRegex(pattern)
  const emitted = emit(pattern, parsed)
  const whole = compile(pattern, `^(?:${emitted.source})$`)
  const first = compile(pattern, emitted.source)

  const replacer = (replacement: string): ((text: string) => string) => {
    const pieces = parseReplacement(replacement, parsed.groupCount, parsed.groupNames)
    for (const piece of pieces)
      if (typeof piece === 'number' && emitted.unsure.has(piece))
        throw invalidRegex(pattern, `the replacement uses group ${piece}, which stands in a repetition or look-around`)
    if (emitted.emptyLoops) throw invalidRegex(pattern, 'a repetition of what may be empty, where a part is searched')
    return text => {
      const found = first.exec(text)
      if (found === null) return text
      const groupText = (group: number): string =>
        (group === 0 ? found[0] : found[emitted.groups.get(group) ?? 0]) ?? ''
      const middle = pieces.map(piece => (typeof piece === 'number' ? groupText(piece) : piece)).join('')
      return text.slice(0, found.index) + middle + text.slice(found.index + found[0].length)
    }
  }

  return {
    pattern,
    matches: text => whole.test(text),
    replacer,
    replaceFirst: (text, replacement) => replacer(replacement)(text),
  }
}

function compile(pattern: string, source: string): RegExp {
  try {
    return new RegExp(source, 'v')
  } catch {
    throw invalidRegex(pattern, 'it is too large')
  }
}
