/** What `\p{…}` means, as members of a class under the `v` flag. */

const posix: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\0-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  Graph: '\\x21-\\x7e',
  Print: '\\x20-\\x7e',
  Blank: '\\x20\\t',
  Cntrl: '\\0-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\t-\\r\\x20',
  L1: '\\0-\\xff',
  LD: '\\p{L}\\p{Nd}',
  all: '\\0-\\u{10ffff}',
}

const category = /^(?:C[cfnos]?|L[Clmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/

const java: Readonly<Record<string, string>> = {
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaIdeographic: '\\p{Ideographic}',
  javaTitleCase: '\\p{Lt}',
  javaDigit: '\\p{Nd}',
  javaLetter: '\\p{L}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
  javaDefined: '\\P{Cn}',
  javaISOControl: '\\p{Cc}',
  javaMirrored: '\\p{Bidi_Mirrored}',
  javaSpaceChar: '\\p{Z}',
  javaWhitespace: '\\t-\\r\\x1c-\\x1f[\\p{Z}--[\\xa0\\u2007\\u202f]]',
}

/** Binary properties behind `Is…`, in any case; Java's Hex_Digit, Word, Graph and their like are not Unicode's. */
const binary: Readonly<Record<string, string>> = {
  ALPHABETIC: '\\p{Alphabetic}',
  LETTER: '\\p{L}',
  IDEOGRAPHIC: '\\p{Ideographic}',
  LOWERCASE: '\\p{Lowercase}',
  UPPERCASE: '\\p{Uppercase}',
  TITLECASE: '\\p{Lt}',
  WHITE_SPACE: '\\p{White_Space}',
  WHITESPACE: '\\p{White_Space}',
  CONTROL: '\\p{Cc}',
  PUNCTUATION: '\\p{P}',
  ASSIGNED: '\\P{Cn}',
  DIGIT: '\\p{Nd}',
  JOIN_CONTROL: '\\p{Join_Control}',
  JOINCONTROL: '\\p{Join_Control}',
  NONCHARACTER_CODE_POINT: '\\p{Noncharacter_Code_Point}',
  NONCHARACTERCODEPOINT: '\\p{Noncharacter_Code_Point}',
}

/** Java's binary names that mean something else here than in Unicode, or that nothing here stands for. */
const untranslated = new Set(['HEX_DIGIT', 'HEXDIGIT', 'ALNUM', 'BLANK', 'GRAPH', 'PRINT', 'WORD', 'EMOJI'])

/** The class members for the name within `\p{…}`; undefined where it is unknown or cannot be translated. */
export function propertyMembers(name: string, ignoreCase: boolean): string | undefined {
  const members = lookUp(name)
  if (!ignoreCase || members === undefined) return members
  if (members === 'a-z' || members === 'A-Z') return 'a-zA-Z'
  // Java widens these to all three cases by rules of its own.
  return /Lowercase|Uppercase|\\p\{L[tul]\}$/.test(members) ? undefined : members
}

function lookUp(name: string): string | undefined {
  const equals = name.indexOf('=')
  if (equals !== -1) {
    const key = name.slice(0, equals).toLowerCase()
    const value = name.slice(equals + 1)
    if (key === 'sc' || key === 'script') return script(value)
    return key === 'gc' || key === 'general_category' ? ownName(value) : undefined
  }
  if (name.startsWith('Is')) {
    const rest = name.slice(2)
    if (untranslated.has(rest.toUpperCase())) return undefined
    return binary[rest.toUpperCase()] ?? ownName(rest) ?? script(rest)
  }
  return ownName(name)
}

function ownName(name: string): string | undefined {
  if (Object.hasOwn(posix, name)) return posix[name]
  if (Object.hasOwn(java, name)) return java[name]
  return category.test(name) ? `\\p{${name}}` : undefined
}

/** Java takes script names in any case. */
function script(name: string): string | undefined {
  const title = name.toLowerCase().replace(/(?:^|_)[a-z]/g, start => start.toUpperCase())
  const members = `\\p{Script=${title}}`
  return isKnown(members) ? members : undefined
}

function isKnown(members: string): boolean {
  try {
    new RegExp(`[${members}]`, 'v').test('')
    return true
  } catch {
    return false
  }
}
