import { crc32c, readBatchHeader } from '../../codec/index.js'
import type { FileLayer, LogFile } from './files.js'

/** A segment's file has an entry about this often. */
const intervalBytes = 32 * 1024
const magic = 0x4d524958
const headerBytes = 24
const entryBytes = 16
const headerOfBatch = 61
/** What a scan reads at a time: small enough that appends between two reads wait for nothing. */
const scanBytes = 256 * 1024

/**
 * Where in a segment some offsets are, about every 32 KiB. Never durable by itself: where it is missing, damaged or
 * behind, it is made from the segment.
 */
export class SparseIndex {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  #covered = 0

  /** Bytes of the segment that it knows. */
  get covered(): number {
    return this.#covered
  }

  /** Notes the batch that follows what is covered. */
  add(baseOffset: number, bytes: number): void {
    const last = this.#positions.at(-1)
    if (last === undefined || this.#covered - last >= intervalBytes) {
      this.#offsets.push(baseOffset)
      this.#positions.push(this.#covered)
    }
    this.#covered += bytes
  }

  /** Where a batch begins that is at or before `offset`, the last one known. */
  floor(offset: number): number {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.#positions[low - 1]!
  }

  encode(): Buffer {
    const bytes = Buffer.alloc(headerBytes + this.#offsets.length * entryBytes)
    bytes.writeUInt32LE(magic, 0)
    bytes.writeUInt32LE(this.#offsets.length, 8)
    bytes.writeDoubleLE(this.#covered, 16)
    for (const [i, offset] of this.#offsets.entries()) {
      bytes.writeDoubleLE(offset, headerBytes + i * entryBytes)
      bytes.writeDoubleLE(this.#positions[i]!, headerBytes + i * entryBytes + 8)
    }
    bytes.writeUInt32LE(crc32c(bytes.subarray(8)), 4)
    return bytes
  }

  /** Undefined where the bytes are no index of a segment of `length` bytes. */
  static decode(bytes: Buffer, length: number): SparseIndex | undefined {
    if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return undefined
    if (bytes.readUInt32LE(4) !== crc32c(bytes.subarray(8))) return undefined
    const count = bytes.readUInt32LE(8)
    const covered = bytes.readDoubleLE(16)
    if (bytes.length !== headerBytes + count * entryBytes || covered > length) return undefined
    const index = new SparseIndex()
    for (let at = headerBytes; at < bytes.length; at += entryBytes) {
      index.#offsets.push(bytes.readDoubleLE(at))
      index.#positions.push(bytes.readDoubleLE(at + 8))
    }
    index.#covered = covered
    return index
  }
}

/** Reads an index from its file, if there is a good one. */
export async function loadIndex(files: FileLayer, path: string, length: number): Promise<SparseIndex | undefined> {
  const size = await files.size(path)
  if (size === undefined) return undefined
  const bytes = Buffer.alloc(size)
  const file = await files.open(path, 'read')
  try {
    return SparseIndex.decode(bytes.subarray(0, await file.read(bytes, 0)), length)
  } finally {
    await file.close()
  }
}

export async function saveIndex(files: FileLayer, path: string, index: SparseIndex): Promise<void> {
  const file = await files.open(path, 'create')
  try {
    await file.write([index.encode()], 0)
  } finally {
    await file.close()
  }
}

/** Takes the index on to `length` by the segment's batch headers; fails with `codec.batch_corrupt` where they are none. */
export async function extendIndex(index: SparseIndex, segment: LogFile, length: number): Promise<void> {
  const window = Buffer.allocUnsafe(scanBytes)
  while (index.covered < length) {
    const start = index.covered
    const got = await segment.read(window.subarray(0, Math.min(scanBytes, length - start)), start)
    const bytes = window.subarray(0, got)
    // A batch may reach far beyond the window; the next window begins behind it.
    let at = 0
    do {
      const header = readBatchHeader(bytes, at)
      index.add(header.baseOffset, header.end - header.start)
      at = header.end
    } while (at + headerOfBatch <= got)
  }
}
