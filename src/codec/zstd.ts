import * as zlib from 'node:zlib'
import type * as ZstdPackage from '@toondepauw/node-zstd'
import { corrupt, tooLarge } from './corrupt.js'
import { nativePackage } from './native.js'

interface Zstd {
  readonly compress: (bytes: Buffer) => Buffer
  readonly decompress: (bytes: Buffer) => Buffer
}

/** Node's own from 22.15 on, which the types of Node 20 do not know. */
const builtIn = zlib as { zstdCompressSync?: Zstd['compress']; zstdDecompressSync?: Zstd['decompress'] }
const zstdPackage = nativePackage('@toondepauw/node-zstd') as () => Pick<typeof ZstdPackage, 'Decoder' | 'Encoder'>

const defaultLevel = 3

let chosen: Zstd | undefined

function zstd(): Zstd {
  return (chosen ??= builtInZstd() ?? packagedZstd())
}

function builtInZstd(): Zstd | undefined {
  const { zstdCompressSync, zstdDecompressSync } = builtIn
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined
  return { compress: bytes => zstdCompressSync(bytes), decompress: bytes => zstdDecompressSync(bytes) }
}

function packagedZstd(): Zstd {
  const { Decoder, Encoder } = zstdPackage()
  const encoder = new Encoder(defaultLevel)
  const decoder = new Decoder()
  return { compress: bytes => encoder.encodeSync(bytes), decompress: bytes => decoder.decodeSync(bytes) }
}

export function compressZstd(bytes: Buffer): Buffer {
  return zstd().compress(bytes)
}

export function decompressZstd(bytes: Buffer, maxBytes: number): Buffer {
  const frames: Buffer[] = []
  let mostBytes = 0
  for (let at = 0; at < bytes.length;) {
    const frame = measureFrame(bytes, at)
    frames.push(bytes.subarray(at, frame.end))
    mostBytes += frame.mostBytes
    at = frame.end
  }
  if (mostBytes > maxBytes) throw tooLarge(maxBytes)
  // One at a time: Node's own function stops after the first.
  const { decompress } = zstd()
  return frames.length === 1 ? decompress(frames[0]!) : Buffer.concat(frames.map(frame => decompress(frame)))
}

const magic = 0xfd2fb528
const dictionaryIdBytes = [0, 1, 2, 4] as const
const maxBlockBytes = 128 * 1024

/** Walks a frame's blocks without unpacking them (RFC 8878, 3.1.1): where it ends, and the most that can come out. */
function measureFrame(bytes: Buffer, start: number): { readonly end: number; readonly mostBytes: number } {
  if (start + 5 > bytes.length || bytes.readUInt32LE(start) !== magic) throw corrupt('it holds no zstd frame')
  const descriptor = bytes[start + 4]!
  const singleSegment = (descriptor & 0x20) !== 0
  const sizeCode = descriptor >> 6
  const contentSizeBytes = sizeCode === 0 ? (singleSegment ? 1 : 0) : 2 ** sizeCode
  let at = start + 5 + (singleSegment ? 0 : 1) + dictionaryIdBytes[descriptor & 0x03]! + contentSizeBytes
  let mostBytes = 0
  while (at + 3 <= bytes.length) {
    const word = bytes.readUIntLE(at, 3)
    const type = (word >> 1) & 0x03
    const length = word >> 3
    // Raw (0) and repeated byte (1): the length is the unpacked one. Compressed (2): it is the packed one.
    if (type === 3) throw corrupt('a zstd block has an unknown type')
    mostBytes += type === 2 ? maxBlockBytes : length
    at += 3 + (type === 1 ? 1 : length)
    if ((word & 1) === 1) {
      const end = at + ((descriptor & 0x04) === 0 ? 0 : 4)
      if (end > bytes.length) break
      return { end, mostBytes }
    }
  }
  throw corrupt('its zstd frame is cut off')
}
