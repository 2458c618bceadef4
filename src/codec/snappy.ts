import type * as SnappyPackage from 'snappy'
import { corrupt, tooLarge } from './corrupt.js'
import { readInt32 } from './integers.js'
import { nativePackage } from './native.js'

/**
 * Snappy as Kafka's Java client has it (org.xerial.snappy.SnappyOutputStream): a header, then blocks of at most 32 KiB,
 * each after its packed length as a big-endian int32. Other clients write one block without any framing.
 */
const snappy = nativePackage('snappy') as () => Pick<typeof SnappyPackage, 'compressSync' | 'uncompressSync'>

const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** The magic, then version and oldest compatible version, both 1. */
const header = Buffer.concat([magic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const blockBytes = 32 * 1024

/** Snappy's longest copy is 64 bytes from 3, so no block unpacks to more than this many times its size. */
const maxRatio = 22

/** The addon's memory outside V8's heap is slow to hand over; a copy takes a quarter of the time (measured at 32 KiB). */
const copied = { copyOutputData: true }

export function compressSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = snappy().compressSync(bytes.subarray(at, at + blockBytes), copied)
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!startsWithMagic(bytes, 0)) return unpackBlock(bytes, maxBytes)
  const blocks: Buffer[] = []
  let left = maxBytes
  let at = 0
  while (at < bytes.length) {
    // Streams may follow each other, each with its header.
    if (startsWithMagic(bytes, at)) {
      at += header.length
      continue
    }
    if (at + 4 > bytes.length) throw corrupt('a snappy block is cut off')
    const length = readInt32(bytes, at)
    if (length < 0 || at + 4 + length > bytes.length) throw corrupt('a snappy block is cut off')
    const block = unpackBlock(bytes.subarray(at + 4, at + 4 + length), left)
    blocks.push(block)
    left -= block.length
    at += 4 + length
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
}

function unpackBlock(block: Buffer, maxBytes: number): Buffer {
  const length = unpackedLength(block)
  if (length > block.length * maxRatio) throw corrupt('a snappy block says that it is longer than it can be')
  if (length > maxBytes) throw tooLarge(maxBytes)
  return snappy().uncompressSync(block, { ...copied, asBuffer: true }) as Buffer
}

/** A block begins with its unpacked length: seven bits a byte, lowest first. */
function unpackedLength(block: Buffer): number {
  let length = 0
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i]!
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  throw corrupt('a snappy block has no length')
}

function startsWithMagic(bytes: Buffer, at: number): boolean {
  return bytes.length >= at + header.length && bytes.compare(magic, 0, magic.length, at, at + magic.length) === 0
}
