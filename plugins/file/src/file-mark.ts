import type { FileHandle } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import { crc32 } from 'node:zlib'

/** How many bytes before a position a mark is computed from; fewer only at the start of a file. */
export const markBytes = 256

/**
 * Says which file a position belongs to, so that another file under the same name is noticed: the file's identity and a
 * checksum of the bytes before `end`. As text `<id>@<end>:<sum>`.
 */
export interface FileMark {
  readonly id: string
  readonly end: number
  /** CRC-32 of the up to `markBytes` bytes before `end`, in hex. */
  readonly sum: string
}

/**
 * Inode and birth time in ms: file systems give a removed file's inode to the next file. Not the device: its number
 * changes when the machine starts.
 */
export function fileId(stats: BigIntStats): string {
  return `${stats.ino}.${stats.birthtimeMs}`
}

/** `before`: the bytes before `end`, `markBytes` of them or all there are. */
export function markOf(id: string, end: number, before: Uint8Array): FileMark {
  return { id, end, sum: crc32(before).toString(16).padStart(8, '0') }
}

export function markText(mark: FileMark): string {
  return `${mark.id}@${mark.end}:${mark.sum}`
}

/** Undefined for anything that `markText` did not write. */
export function parseMark(text: string): FileMark | undefined {
  const [, id, end, sum] = /^(\d+\.-?\d+)@(\d{1,16}):([0-9a-f]{8})$/.exec(text) ?? []
  return id && end && sum ? { id, end: Number(end), sum } : undefined
}

/** The bytes before `end` that a mark is computed from; fewer when the file is shorter. */
export async function readBefore(handle: FileHandle, end: number): Promise<Buffer> {
  const start = Math.max(0, end - markBytes)
  const bytes = Buffer.allocUnsafe(end - start)
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
  return bytes.subarray(0, bytesRead)
}

/** Whether the file still has the bytes that the mark was computed from. */
export async function hasMarkedBytes(handle: FileHandle, mark: FileMark): Promise<boolean> {
  const before = await readBefore(handle, mark.end)
  return before.length === Math.min(mark.end, markBytes) && markOf(mark.id, mark.end, before).sum === mark.sum
}
