/** The character encodings that `converter.encoding` may name, by Java's names and aliases. */
export interface TextEncoding {
  encode(text: string): Uint8Array | string
  decode(bytes: Buffer): string
}

const utf8: TextEncoding = {
  // The batch encodes text as UTF-8 by itself, without a copy in between.
  encode: text => text,
  decode: bytes => bytes.toString('utf8'),
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
  encode: text => Buffer.from(text, 'utf16le'),
  decode: bytes => new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes),
}

const utf16BigEndian: TextEncoding = {
  encode: text => Buffer.from(text, 'utf16le').swap16(),
  decode: bytes => new TextDecoder('utf-16be', { ignoreBOM: true }).decode(bytes),
}

/** Writes a byte order mark, and reads by the one it finds. */
const utf16: TextEncoding = {
  encode: text => utf16BigEndian.encode(`\ufeff${text}`),
  decode(bytes) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16LittleEndian.decode(bytes.subarray(2))
    return utf16BigEndian.decode(bytes[0] === 0xfe && bytes[1] === 0xff ? bytes.subarray(2) : bytes)
  },
}

const encodings: Readonly<Record<string, TextEncoding>> = {
  'utf-8': utf8,
  utf8,
  'iso-8859-1': latin1,
  iso8859_1: latin1,
  latin1,
  'us-ascii': ascii,
  ascii,
  'utf-16': utf16,
  utf16,
  'utf-16be': utf16BigEndian,
  'utf-16le': utf16LittleEndian,
}

/** The encoding of that name, in any case; undefined where there is none. */
export function textEncoding(name: string): TextEncoding | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(encodings, key) ? encodings[key] : undefined
}
