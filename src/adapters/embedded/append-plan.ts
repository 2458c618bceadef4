import { patchBaseOffset, type BatchHeader } from '../../codec/index.js'
import { checkGroupName, checkGroupOffset } from '../../core/offset.js'
import type { AppendUnit, BatchAppend } from '../../ports/log.js'
import { checkBatchSize, checkFrame, topicUnknown } from '../../ports/log-rules.js'
import type { SegmentRecord } from './ends-store.js'
import type { CommittedWrite, PartitionLog } from './partition-log.js'

/** What one group writes to one segment. */
export interface SegmentWrite extends CommittedWrite {
  readonly partition: PartitionLog
  readonly buffers: Uint8Array[]
  readonly batches: { readonly baseOffset: number; readonly bytes: number }[]
  after: SegmentRecord
}

/** Finds the partition an append names; undefined where there is none. */
export type FindPartition = (of: { readonly topic: string; readonly partition: number }) => PartitionLog | undefined

/**
 * Gives the batches of units their places, one unit after the other. The heads of their partitions move on, the
 * batches' base offsets are set in place; nothing is written here.
 */
export class AppendPlan {
  readonly writes: SegmentWrite[] = []
  readonly #open = new Map<PartitionLog, SegmentWrite>()
  readonly #find: FindPartition
  readonly #now: number

  /** `now`: wall-clock milliseconds. */
  constructor(find: FindPartition, now: number) {
    this.#find = find
    this.#now = now
  }

  /** Base offsets of the unit's batches. Throws before anything has moved where the unit is not good as a whole. */
  add(unit: AppendUnit): number[] {
    const checked = unit.batches.map(batch => this.#check(batch))
    for (const { group, offsets } of unit.groups ?? []) {
      checkGroupName(group)
      for (const offset of offsets) {
        if (this.#find(offset) === undefined) throw topicUnknown(offset)
        checkGroupOffset(offset)
      }
    }
    return checked.map(({ partition, bytes, header }) => this.#place(partition, bytes, header))
  }

  #check(batch: BatchAppend): {
    readonly partition: PartitionLog
    readonly bytes: Uint8Array
    readonly header: BatchHeader
  } {
    const partition = this.#find(batch)
    if (partition === undefined) throw topicUnknown(batch)
    checkBatchSize(batch, batch.bytes.byteLength, partition.settings.maxMessageBytes)
    // The client has checked the CRC; the length decides where the next batch begins, so it is not taken on trust.
    const header = checkFrame(batch, batch.bytes)
    return { partition, bytes: batch.bytes, header }
  }

  #place(partition: PartitionLog, bytes: Uint8Array, header: BatchHeader): number {
    const { head } = partition
    const base = head.end
    patchBaseOffset(bytes, 0, base, 0)
    const write = this.#segmentFor(partition, bytes.byteLength)
    head.end = base + header.lastOffsetDelta + 1
    write.buffers.push(bytes)
    write.batches.push({ baseOffset: base, bytes: bytes.byteLength })
    write.after = head.segment = {
      ...write.after,
      length: write.after.length + bytes.byteLength,
      end: head.end,
      maxTimestamp: Math.max(write.after.maxTimestamp, header.maxTimestamp),
      writtenAt: this.#now,
    }
    return base
  }

  #segmentFor(partition: PartitionLog, bytes: number): SegmentWrite {
    const { head, settings } = partition
    const fresh = head.segment === undefined || this.#isFull(head.segment, bytes, settings)
    const open = this.#open.get(partition)
    if (open !== undefined && !fresh) return open
    const now = this.#now
    const after = fresh
      ? { base: head.end, generation: 0, length: 0, end: head.end, maxTimestamp: -1, createdAt: now, writtenAt: now }
      : head.segment!
    const write: SegmentWrite = { partition, fresh, position: after.length, buffers: [], batches: [], after }
    this.#open.set(partition, write)
    this.writes.push(write)
    return write
  }

  #isFull(segment: SegmentRecord, bytes: number, settings: PartitionLog['settings']): boolean {
    if (segment.length === 0) return false
    return segment.length + bytes > settings.segmentBytes || this.#now - segment.createdAt >= settings.segmentMs
  }
}
