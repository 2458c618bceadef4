import { gunzipSync, gzipSync } from 'node:zlib'
import { errorCode } from '../core/error.js'
import { corrupt, tooLarge } from './corrupt.js'
import type { Compression } from './format.js'
import { compressLz4, decompressLz4 } from './lz4.js'
import { compressSnappy, decompressSnappy } from './snappy.js'
import { compressZstd, decompressZstd } from './zstd.js'

interface Compressor {
  pack(bytes: Buffer): Buffer
  unpack(bytes: Buffer, maxBytes: number): Buffer
}

const compressors: Readonly<Record<Compression, Compressor>> = {
  none: { pack: bytes => bytes, unpack: bytes => bytes },
  gzip: {
    pack: bytes => gzipSync(bytes),
    unpack: (bytes, maxBytes) => gunzipSync(bytes, { maxOutputLength: maxBytes }),
  },
  snappy: { pack: compressSnappy, unpack: decompressSnappy },
  lz4: { pack: compressLz4, unpack: decompressLz4 },
  zstd: { pack: compressZstd, unpack: decompressZstd },
}

/** The records of a batch as `compression` packs them, at its default level. Fails with `codec.compression_unavailable`. */
export function compress(compression: Compression, records: Buffer): Buffer {
  return compressors[compression].pack(records)
}

/**
 * Unpacks to at most `maxBytes`, found out before anything larger is allocated.
 * Fails with `codec.batch_corrupt`, `codec.batch_too_large`, `codec.compression_unavailable`.
 */
export function decompress(compression: Compression, records: Buffer, maxBytes: number): Buffer {
  try {
    return compressors[compression].unpack(records, maxBytes)
  } catch (error) {
    const code = errorCode(error)
    if (code.startsWith('codec.')) throw error
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw corrupt(`its ${compression} data cannot be unpacked`, error)
  }
}
