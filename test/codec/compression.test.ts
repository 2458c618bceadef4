import { Encoder } from '@toondepauw/node-zstd'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { describe, expect, test } from 'vitest'
import { compress, decompress } from '../../src/codec/compression.js'
import { compressions } from '../../src/codec/index.js'
import type { Compression } from '../../src/codec/index.js'

const text = Buffer.from(Array.from({ length: 9000 }, (_, i) => `record ${i % 50} of ${i} `).join(''))
const limit = 1024 * 1024
const corrupt = expect.objectContaining({ code: 'codec.batch_corrupt' })

function unpacked(compression: Compression, bytes: Buffer): string {
  return decompress(compression, bytes, limit).toString()
}

describe.each(compressions)('%s', compression => {
  test.each([0, 1, 100, 32_768, 32_769, 65_536, 65_537, 131_073])('brings back %d bytes', length => {
    const bytes = text.subarray(0, length)
    expect(decompress(compression, compress(compression, bytes), limit).equals(bytes)).toBe(true)
  })
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('%s that is cut off anywhere is refused', compression => {
  const bytes = compress(compression, text.subarray(0, 200))
  const least = compression === 'snappy' ? 17 : 1 // its header alone stands for nothing
  for (let length = least; length < bytes.length; length++) {
    expect(() => unpacked(compression, bytes.subarray(0, length))).toThrow(corrupt)
  }
})

describe('snappy', () => {
  test('is written as the Java client frames it: a header, then blocks of 32 KiB behind their lengths', () => {
    const packed = compress('snappy', text.subarray(0, 40_000))
    expect(packed.subarray(0, 16).toString('latin1')).toBe('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01')
    const length = packed.readInt32BE(16)
    expect(packed.subarray(20, 20 + length).equals(compressSync(text.subarray(0, 32_768)))).toBe(true)
    expect(packed.readInt32BE(20 + length)).toBe(packed.length - 24 - length)
  })

  test('is read without framing, as other clients write it', () => {
    expect(unpacked('snappy', compressSync(text))).toBe(text.toString())
  })

  test('is read from several streams behind each other', () => {
    const packed = compress('snappy', text)
    expect(unpacked('snappy', Buffer.concat([packed, packed]))).toBe(text.toString().repeat(2))
  })

  test('refuses a block that claims more than its bytes can hold', () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0x0f, 0])
    expect(() => unpacked('snappy', claim)).toThrow(corrupt)
    expect(() => unpacked('snappy', Buffer.concat([compress('snappy', Buffer.alloc(0)), frame(claim)]))).toThrow(
      corrupt,
    )
  })

  function frame(block: Buffer): Buffer {
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return Buffer.concat([length, block])
  }
})

describe('lz4', () => {
  test('is written as the Java client does: independent blocks and nothing optional', () => {
    expect(compress('lz4', text).subarray(0, 5).toString('hex')).toBe('04224d1860')
  })

  test('is read with checksums of its content and its blocks', () => {
    expect(unpacked('lz4', compressFrameSync(text, { contentChecksum: true, blockChecksums: true }))).toBe(
      text.toString(),
    )
  })

  test('refuses a frame whose content does not have its checksum', () => {
    const packed = compressFrameSync(text, { contentChecksum: true })
    packed[packed.length - 1]! ^= 1
    expect(() => unpacked('lz4', packed)).toThrow(corrupt)
  })

  test('refuses a frame whose header does not have its checksum', () => {
    const packed = compress('lz4', text)
    packed[6]! ^= 1
    expect(() => unpacked('lz4', packed)).toThrow(corrupt)
  })

  test('ends with its frame, whatever follows', () => {
    expect(unpacked('lz4', Buffer.concat([compress('lz4', text), Buffer.from('more')]))).toBe(text.toString())
  })
})

describe('zstd', () => {
  test('is read from several frames behind each other', () => {
    const packed = compress('zstd', text)
    expect(unpacked('zstd', Buffer.concat([packed, packed]))).toBe(text.toString().repeat(2))
  })

  test('is read as the package writes it, on every version of Node', () => {
    expect(unpacked('zstd', new Encoder(3).encodeSync(text))).toBe(text.toString())
  })
})
