/** The login module of a `sasl.jaas.config`, with its options. */
export interface JaasEntry {
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

/** What is wrong never quotes the text: a quotation mark in the wrong place makes a password look like anything else (I8). */
export type JaasAnswer =
  { readonly entry: JaasEntry; readonly problem?: undefined } | { readonly problem: string; readonly entry?: undefined }

const flags = new Set(['REQUIRED', 'REQUISITE', 'SUFFICIENT', 'OPTIONAL'])

/**
 * Reads `<login module> <flag> (<option>=<value>)*;` with the tokens of Java's StreamTokenizer as Kafka's JaasConfig sets
 * it up: comments, both quotation marks, C's escapes within them, and numbers, which are no values there. What Kafka 4.3
 * takes is taken, except an option whose name is no word.
 */
export function parseJaas(text: string): JaasAnswer {
  const tokens = tokensOf(text)
  let at = 0
  const entries: JaasEntry[] = []
  while (at < tokens.length) {
    const found = readModule(tokens, at)
    if ('problem' in found) return found
    entries.push(found.entry)
    at = found.next
  }
  if (entries.length === 0) return { problem: 'It names no login module.' }
  if (entries.length > 1) return { problem: `It has ${entries.length} login modules; Kafka takes one.` }
  return { entry: entries[0]! }
}

export type JaasFileAnswer =
  | { readonly modules: readonly JaasEntry[]; readonly problem?: undefined }
  | { readonly problem: string; readonly modules?: undefined }

/**
 * The login modules of one entry of a JVM's login configuration (`java.security.auth.login.config`), a file of
 * `<entry> { <login module> <flag> (<option>=<value>)*; … };`. All of the file must be readable. None where there is no
 * such entry; of two of the same name the first counts, as in Java.
 */
export function parseJaasFile(text: string, name: string): JaasFileAnswer {
  const tokens = tokensOf(text)
  let at = 0
  let wanted: readonly JaasEntry[] | undefined
  while (at < tokens.length) {
    const entry = wordOf(tokens[at++])
    if (entry === undefined || tokens[at++]?.sign !== '{')
      return { problem: 'It has something outside of entries of the form NAME { … };' }
    const modules: JaasEntry[] = []
    while (tokens[at]?.sign !== '}') {
      const found = readModule(tokens, at)
      if ('problem' in found) return found
      modules.push(found.entry)
      at = found.next
    }
    if (tokens[at + 1]?.sign !== ';') return { problem: 'An entry does not end with a brace and a semicolon.' }
    at += 2
    if (entry === name) wanted ??= modules
  }
  return { modules: wanted ?? [] }
}

function readModule(
  tokens: readonly Token[],
  from: number,
): { readonly entry: JaasEntry; readonly next: number } | { readonly problem: string } {
  let at = from
  const module = wordOf(tokens[at++])
  const flag = wordOf(tokens[at++])
  if (module === undefined) return { problem: 'It does not begin with the class of a login module.' }
  if (flag === undefined || !flags.has(flag.toUpperCase()))
    return { problem: 'The login module is not followed by required, requisite, sufficient or optional.' }
  const options = new Map<string, string>()
  while (at < tokens.length && tokens[at]?.sign !== ';') {
    const key = wordOf(tokens[at])
    const value = wordOf(tokens[at + 2])
    if (key === undefined || tokens[at + 1]?.sign !== '=' || value === undefined)
      return {
        problem: `After ${options.size} options there is something that is not of the form option=value; a value that is no word needs quotation marks, and a quotation mark in it a backslash.`,
      }
    options.set(key, value)
    at += 3
  }
  if (tokens[at++]?.sign !== ';') return { problem: 'It does not end with a semicolon.' }
  return { entry: { module, options }, next: at }
}

const signs = [';', '=', '{', '}'] as const
type Sign = (typeof signs)[number]

/** A word, quoted or not, or one of the signs that stand for themselves; `''` for a number and any other character. */
type Token =
  { readonly word: string; readonly sign?: undefined } | { readonly sign: Sign | ''; readonly word?: undefined }

const wordOf = (token: Token | undefined): string | undefined => token?.word

const isBlank = (char: string): boolean => char <= ' '
/** What a word begins with: StreamTokenizer's letters, and three that JaasConfig adds. */
const wordStart = /[A-Za-z_$\u00A0-\uFFFF]/
const wordRest = /[A-Za-z_$\u00A0-\uFFFF0-9.-]*/y
/** One digit or dot is enough, and a minus without either is a sign by itself. */
const number = /-?[0-9]*\.?[0-9]*/y

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    if (isBlank(char)) at++
    else if (char === '/') at = afterComment(text, at)
    else if (char === '"' || char === "'") {
      const { word, next } = quoted(text, at)
      tokens.push({ word })
      at = next
    } else if (wordStart.test(char)) {
      const word = matchAt(wordRest, text, at)
      tokens.push({ word })
      at += word.length
    } else {
      tokens.push({ sign: signs.find(sign => sign === char) ?? '' })
      at += Math.max(1, matchAt(number, text, at).length)
    }
  }
  return tokens
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/**
 * A slash and a star begin a comment that ends with a star and a slash; any other slash begins one to the end of the line.
 * The character after the slash is never looked at for that end, as in Java.
 */
function afterComment(text: string, at: number): number {
  const end = text.startsWith('/*', at) ? /\*\//g : /(?=[\r\n])/g
  end.lastIndex = at + 2
  return end.test(text) ? end.lastIndex : text.length
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** A quoted word ends at its own quotation mark, or unfinished at the end of the line. */
function quoted(text: string, from: number): { readonly word: string; readonly next: number } {
  const mark = text.charAt(from)
  let word = ''
  let at = from + 1
  while (at < text.length && text.charAt(at) !== mark && !'\r\n'.includes(text.charAt(at))) {
    if (text.charAt(at) !== '\\' || at + 1 === text.length) {
      word += text.charAt(at++)
      continue
    }
    const octal = /^(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(text.slice(at + 1, at + 4))?.[0]
    const char = text.charAt(at + 1)
    word += octal === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(octal, 8))
    at += 1 + (octal?.length ?? 1)
  }
  return { word, next: text.charAt(at) === mark ? at + 1 : at }
}
