import { deflateSync, inflateSync } from 'node:zlib'
import { Packr } from 'msgpackr'

/** msgpack as any msgpack library reads it: arrays and scalars, none of msgpackr's own extensions. */
const packr = new Packr({ useRecords: false, moreTypes: false, variableMapSize: true })

/** Bodies above this are deflated. Bytes. */
const deflateAbove = 4_096
/** What a body may inflate to. Bytes. */
const maxInflated = 64 * 2 ** 20
/** The first byte of a zlib stream; an array never begins with it. */
const zlibByte = 0x78

export function pack(value: unknown): Uint8Array {
  // msgpackr packs into a buffer that it reuses and hands out parts of
  return new Uint8Array(packr.pack(value))
}

/** Throws on what is not msgpack. */
export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}

export function deflateLarge(bytes: Uint8Array): Uint8Array {
  return bytes.length > deflateAbove ? deflateSync(bytes) : bytes
}

/** Throws on a broken stream and on one that grows out of bounds. */
export function inflate(bytes: Uint8Array): Uint8Array {
  return bytes[0] === zlibByte ? inflateSync(bytes, { maxOutputLength: maxInflated }) : bytes
}

/** A command's or reply's body as the records carry it: anything of JSON's kind. */
export function packBody(body: unknown): Uint8Array {
  return pack(body ?? null)
}

/** Throws on what `packBody` did not make. */
export function unpackBody(bytes: Uint8Array): unknown {
  return unpack(bytes)
}
