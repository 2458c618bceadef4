import { MillraceError } from '../error.js'

/** Jackson's limits: deeper nesting, or a longer number, is refused before anything walks it or computes with it (I6). */
const maxDepth = 1000
const maxDigits = 1000

/**
 * Whether a text holds a number that JavaScript might change: one of sixteen digits or more, with an exponent, with a
 * zero at the end of its fraction, or a negative zero. One pass, strings skipped: it runs over every text that is read.
 * Throws `json.malformed` for a text nested more than 1000 deep, which would overflow the stack of whoever walks it.
 */
export function holdsOddNumber(text: string): boolean {
  let at = 0
  let depth = 0
  let odd = false
  while (at < text.length) {
    const first = text.charCodeAt(at)
    if (first === 0x22) at = endOfString(text, at)
    else if (first === 0x7b || first === 0x5b) {
      if (++depth > maxDepth) throw malformed(`It is nested more than ${maxDepth} deep.`)
      at++
    } else if (first === 0x7d || first === 0x5d) {
      depth--
      at++
    } else if (first !== 0x2d && (first < 0x30 || first > 0x39)) at++
    else {
      let digits = 0
      let fraction = false
      let last = first
      for (; at < text.length; at++) {
        const char = text.charCodeAt(at)
        if (char >= 0x30 && char <= 0x39) digits++
        else if (char === 0x2e) fraction = true
        else if (char === 0x65 || char === 0x45) odd = true
        else if (char !== first || digits > 0) break
        last = char
      }
      if (digits > 15 || (last === 0x30 && (fraction || (first === 0x2d && digits === 1)))) odd = true
    }
  }
  return odd
}

export function malformed(what: string, cause?: unknown): MillraceError {
  return new MillraceError('json.malformed', `The text is not JSON: ${what}`, { disposition: 'reject', cause })
}

const number = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/

/**
 * Replaces numbers outside strings where `replace` gives another text. Walks over the text without parsing it: what is
 * not JSON passes as it is. Throws `json.malformed` for a number of more than 1000 characters.
 */
export function mapNumbers(text: string, replace: (token: string) => string | undefined): string {
  const token = /[-\d][-+.\deE]*/y
  let out = ''
  let copied = 0
  let at = 0
  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      at = endOfString(text, at)
      continue
    }
    if (char !== 0x2d && (char < 0x30 || char > 0x39)) {
      at++
      continue
    }
    token.lastIndex = at
    const found = token.exec(text)?.[0] ?? ''
    const other = number.test(found) ? replace(bounded(found)) : undefined
    if (other !== undefined) {
      out += text.slice(copied, at) + other
      copied = at + found.length
    }
    at += found.length
  }
  return copied === 0 ? text : out + text.slice(copied)
}

function bounded(token: string): string {
  if (token.length <= maxDigits) return token
  throw malformed(`A number of ${token.length} characters is over the limit of ${maxDigits}.`)
}

/** The index after the closing quote of the string that opens at `open`; the text's end where there is none. */
export function endOfString(text: string, open: number): number {
  let at = open
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at === -1) return text.length
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
}

/** JSON forbids `007`; Kafka's deserializer reads it as 7. */
export function withoutLeadingZeros(text: string): string {
  return mapNumbers(text, token => (/^-?0\d/.test(token) ? token.replace(/^(-?)0+(?=\d)/, '$1') : undefined))
}
