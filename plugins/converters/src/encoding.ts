import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

/** How a character set turns text into bytes and back, as Java's `getBytes` and `new String` do. */
export interface TextEncoding {
  encode(text: string): Uint8Array | string
  decode(bytes: Buffer): string
  /** Whether well-formed UTF-8 is read as what it says. */
  readonly isUtf8?: true
}

const utf8: TextEncoding = {
  // The batch encodes text as UTF-8 by itself, without a copy in between.
  encode: text => withoutLone(text, '?'),
  decode: utf8Text,
  isUtf8: true,
}

/** One byte a character; what has none becomes a question mark, as in Java. */
const latin1: TextEncoding = {
  encode: text => Buffer.from(text.replace(/[\u{100}-\u{10ffff}]/gu, '?'), 'latin1'),
  decode: bytes => bytes.toString('latin1'),
}

const ascii: TextEncoding = {
  encode: text => Buffer.from(text.replace(/[\u{80}-\u{10ffff}]/gu, '?'), 'latin1'),
  decode: bytes => bytes.toString('latin1').replace(/[\u0080-\u00ff]/g, '\ufffd'),
}

const utf16LittleEndian: TextEncoding = {
  encode: text => Buffer.from(withoutLone(text, '\ufffd'), 'utf16le'),
  decode: bytes => new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes),
}

const utf16BigEndian: TextEncoding = {
  encode: text => Buffer.from(withoutLone(text, '\ufffd'), 'utf16le').swap16(),
  decode: bytes => new TextDecoder('utf-16be', { ignoreBOM: true }).decode(bytes),
}

/** Writes a byte order mark before what there is to write, and reads by the one it finds. */
const utf16: TextEncoding = {
  encode: text => utf16BigEndian.encode(text === '' ? '' : `\ufeff${text}`),
  decode(bytes) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16LittleEndian.decode(bytes.subarray(2))
    return utf16BigEndian.decode(bytes[0] === 0xfe && bytes[1] === 0xff ? bytes.subarray(2) : bytes)
  },
}

const own: Readonly<Record<string, TextEncoding>> = {
  utf8,
  iso88591: latin1,
  latin1,
  usascii: ascii,
  ascii,
  utf16,
  utf16be: utf16BigEndian,
  utf16le: utf16LittleEndian,
}

/**
 * Those of one byte a character. Of others, and of the East Asian ones above all, there are as many tables as there are
 * makers: what Java writes would be read as something else here. So would one character of windows-1255.
 */
const oneByteSets =
  /^(windows-?(874|125[0-46-8])|cp(437|737|775|85[0257]|86\d|874|125[0-46-8])|ibm-?(437|737|775|85[0257]|86\d)|iso-?8859[-_]?(1?[0-9]|1[0-6])|koi8[-_]?[ru])$/i

/** By Java's names and aliases, in any case; undefined where there is none. */
export function textEncoding(name: string): TextEncoding | undefined {
  const key = name.toLowerCase().replace(/[-_]/g, '')
  if (Object.hasOwn(own, key)) return own[key]
  if (!oneByteSets.test(name) || !iconv.encodingExists(name)) return undefined
  return {
    encode: text => iconv.encode(text.replace(/[\u{10000}-\u{10ffff}]/gu, '?'), name),
    decode: bytes => iconv.decode(bytes, name),
  }
}

/** Half of a surrogate pair without the other is no character. */
export function withoutLone(text: string, instead: string): string {
  // In every Node there is, not yet in the ES2023 that TypeScript is told of; it looks at two-byte strings only.
  return (text as string & { isWellFormed(): boolean }).isWellFormed() ? text : text.replace(/\p{Cs}/gu, instead)
}

/** A surrogate in three bytes is one malformed character to Java, and three to Node. */
export function utf8Text(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd') || isUtf8(bytes)) return text
  const copy = Buffer.from(bytes)
  for (let at = 0; at + 2 < copy.length; at++)
    if (copy[at] === 0xed && (copy[at + 1]! & 0xe0) === 0xa0 && (copy[at + 2]! & 0xc0) === 0x80)
      copy.set([0xef, 0xbf, 0xbd], at)
  return copy.toString('utf8')
}
