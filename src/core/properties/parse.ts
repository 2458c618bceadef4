import type { ConfigIssue } from '../error.js'
import { logicalLines } from './logical-lines.js'

/** What a .properties file says. */
export interface Properties {
  /** Of a key that stands twice, the later value. */
  readonly values: Readonly<Record<string, string>>
  /** The line, from 1, on which a key's value began. */
  readonly lines: ReadonlyMap<string, number>
  /** Lines that cannot be read, all of them; their keys are not in `values`. */
  readonly issues: readonly ConfigIssue[]
}

/**
 * Reads Java's .properties syntax exactly as java.util.Properties.load does: `=`, `:` or blanks between key and value,
 * `#` and `!` comments, lines continued by a backslash, escapes.
 */
export function parseProperties(text: string): Properties {
  const values = new Map<string, string>()
  const lines = new Map<string, number>()
  const issues: ConfigIssue[] = []
  for (const line of logicalLines(text)) {
    const [rawKey, rawValue] = splitEntry(line.text)
    const key = unescape(rawKey)
    const value = unescape(rawValue)
    if (key === undefined || value === undefined)
      issues.push({
        key: key ?? rawKey,
        message: 'Malformed \\uxxxx encoding.',
        hint: 'Write four hexadecimal digits after \\u; write a backslash itself as \\\\.',
        line: line.number,
      })
    else {
      values.set(key, value)
      lines.set(key, line.number)
    }
  }
  return { values: Object.fromEntries(values), lines, issues }
}

/** Says of each issue where in `file` its key stands; keys that stand nowhere get the file alone. */
export function locateIssues(
  issues: readonly ConfigIssue[],
  file: string,
  lines: ReadonlyMap<string, number>,
): readonly ConfigIssue[] {
  return issues.map(issue => {
    const line = issue.line ?? lines.get(issue.key)
    return { ...issue, file, ...(line !== undefined && { line }) }
  })
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\f'
const isSeparator = (char: string | undefined): boolean => char === '=' || char === ':'

/** Cuts at the first separator or blank that no backslash escapes; blanks around one separator belong to neither side. */
function splitEntry(line: string): readonly [key: string, value: string] {
  let end = 0
  while (end < line.length && !isSeparator(line[end]) && !isBlank(line[end])) end += line[end] === '\\' ? 2 : 1
  let start = end
  while (isBlank(line[start])) start++
  if (isSeparator(line[start])) start++
  while (isBlank(line[start])) start++
  return [line.slice(0, end), line.slice(start)]
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

/** Undefined for a `\u` without four hexadecimal digits. */
function unescape(text: string): string | undefined {
  let malformed = false
  const plain = text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|([^]?))/g,
    (_, hex: string | undefined, char: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (char === 'u') malformed = true
      return escapes[char ?? ''] ?? char ?? ''
    },
  )
  return malformed ? undefined : plain
}
