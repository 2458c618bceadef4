import type * as Lz4Package from 'lz4-napi'
import { corrupt, tooLarge } from './corrupt.js'
import { nativePackage } from './native.js'

/**
 * LZ4 frames as Kafka's Java client has them since record batch v2 (KafkaLZ4BlockOutputStream): version 1, independent
 * blocks, and a header checksum over the descriptor alone, as the frame's specification says.
 */
const lz4 = nativePackage('lz4-napi') as () => Pick<typeof Lz4Package, 'compressFrameSync' | 'decompressFrameSync'>

const magic = 0x184d2204
const flag = { dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const
/** Of a block's length: the block is stored as it is. */
const storedBit = 0x8000_0000
/** One byte of a block adds at most this many to a match. */
const maxRatio = 255

export function compressLz4(bytes: Buffer): Buffer {
  return lz4().compressFrameSync(bytes)
}

export function decompressLz4(bytes: Buffer, maxBytes: number): Buffer {
  const { end, mostBytes } = measureFrame(bytes)
  if (mostBytes > maxBytes) throw tooLarge(maxBytes)
  return lz4().decompressFrameSync(bytes.subarray(0, end))
}

/** Walks the frame's blocks without unpacking them: where it ends, and the most bytes that can come out of it. */
function measureFrame(bytes: Buffer): { readonly end: number; readonly mostBytes: number } {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== magic) throw corrupt('it holds no LZ4 frame')
  const flags = bytes[4]!
  const blockCode = (bytes[5]! >> 4) & 0x07
  if (blockCode < 4) throw corrupt('its LZ4 block size is unknown')
  const blockMax = 2 ** (8 + 2 * blockCode)
  let at = 7 + ((flags & flag.contentSize) === 0 ? 0 : 8) + ((flags & flag.dictionary) === 0 ? 0 : 4)
  let mostBytes = 0
  while (at + 4 <= bytes.length) {
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) {
      const end = at + ((flags & flag.contentChecksum) === 0 ? 0 : 4)
      if (end > bytes.length) break
      return { end, mostBytes }
    }
    const length = word % storedBit
    mostBytes += word >= storedBit ? length : Math.min(blockMax, length * maxRatio)
    at += length + ((flags & flag.blockChecksum) === 0 ? 0 : 4)
  }
  throw corrupt('its LZ4 frame is cut off')
}
