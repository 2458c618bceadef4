import { BatchBuilder, patchBaseOffset, RecordCursor } from '../../codec/index.js'
import { MillraceError } from '../../core/error.js'
import { partitionKey } from '../../core/offset.js'
import type { SegmentRecord } from './ends-store.js'
import type { LogFile } from './files.js'
import { KeyMap } from './key-map.js'
import { logCorrupt } from './log-corrupt.js'
import type { PartitionLog } from './partition-log.js'
import { scanBatches, type ScannedBatch } from './segment-scan.js'
import type { SegmentStore } from './segment-store.js'
import { SparseIndex } from './sparse-index.js'

/** Compacting is worth its reading and writing when this part of what can be compacted has not been. Kafka's default. */
const minDirtyRatio = 0.5
const flushBytes = 1 << 20

export interface CompactedSegment {
  readonly inputs: readonly SegmentRecord[]
  readonly output: SegmentRecord
}

/** Whether a compacted topic's closed segments are to be compacted now. */
export function isDirty(closed: readonly Pick<SegmentRecord, 'generation' | 'length'>[]): boolean {
  const bytes = (of: typeof closed): number => of.reduce((sum, segment) => sum + segment.length, 0)
  const dirty = bytes(closed.filter(segment => segment.generation === 0))
  return dirty > 0 && dirty >= minDirtyRatio * bytes(closed)
}

/** Neighbours that together are no larger than a segment may be: what compaction shrank is not left as many small files. */
export function mergeSteps(segments: readonly SegmentRecord[], segmentBytes: number): SegmentRecord[][] {
  const steps: SegmentRecord[][] = []
  let size = 0
  for (const segment of segments) {
    const open = steps.at(-1)
    size += segment.length
    if (open !== undefined && size <= segmentBytes) open.push(segment)
    else {
      steps.push([segment])
      size = segment.length
    }
  }
  return steps
}

/**
 * Compacts closed segments of one partition: of each key the last record stays; a tombstone goes too when its segment
 * is older than `delete.retention.ms`; records without key stay. Offsets stay.
 *
 * Yields each new segment when it is durable under a name that nothing refers to yet; the caller switches it in before
 * asking for the next. From the oldest on, so that a tombstone never goes before what it deletes.
 */
export async function* compact(
  log: PartitionLog,
  store: SegmentStore,
  now: number,
  keys = new KeyMap(),
): AsyncGenerator<CompactedSegment, void, undefined> {
  const mapped = await mapKeys(log, store, keys)
  for (const inputs of mergeSteps(mapped, log.settings.segmentBytes))
    yield { inputs, output: await rewrite(log, store, inputs, keys, now) }
}

/** Maps the last offsets of the keys in what was not compacted yet; resolves with the segments up to where the map is whole. */
async function mapKeys(log: PartitionLog, store: SegmentStore, keys: KeyMap): Promise<SegmentRecord[]> {
  const mapped: SegmentRecord[] = []
  for (const segment of log.closed) {
    if (segment.generation === 0 && !(await mapSegment(log, store, segment, keys))) {
      // What is mapped of it is true, but not all: it is left to the next time, when those before it are done.
      if (!mapped.some(({ generation }) => generation === 0)) throw tooManyKeys(log, segment)
      break
    }
    mapped.push(segment)
  }
  return mapped
}

/** Resolves with whether there was room for all of its keys. */
async function mapSegment(
  log: PartitionLog,
  store: SegmentStore,
  segment: SegmentRecord,
  keys: KeyMap,
): Promise<boolean> {
  const cursor = new RecordCursor()
  for await (const { bytes, header } of batchesOf(log, store, segment)) {
    if (keys.full) return false
    if (header.control) continue
    cursor.open(bytes, header)
    while (cursor.next()) {
      const { key } = cursor
      if (key !== null) keys.set(key, cursor.offset)
    }
  }
  return true
}

function tooManyKeys(log: PartitionLog, segment: SegmentRecord): MillraceError {
  return new MillraceError(
    'log.compaction_too_large',
    `The segment of ${partitionKey(log)} at offset ${segment.base} has too many keys to be compacted.`,
    { hint: 'Make the topic anew with smaller segment.bytes.' },
  )
}

async function rewrite(
  log: PartitionLog,
  store: SegmentStore,
  inputs: readonly SegmentRecord[],
  keys: KeyMap,
  now: number,
): Promise<SegmentRecord> {
  const first = inputs[0]!
  const generation = Math.max(...inputs.map(input => input.generation)) + 1
  const output = new Output(
    await store.files.open(store.openFiles.path(log, { base: first.base, generation }), 'create'),
  )
  const filter = new BatchFilter(keys)
  try {
    for (const input of inputs) {
      const keepTombstones = now - input.writtenAt <= log.settings.deleteRetentionMs
      for await (const batch of batchesOf(log, store, input)) {
        const kept = filter.apply(batch, keepTombstones)
        if (kept !== undefined) await output.add(kept, batch.header.baseOffset)
      }
    }
    const { length, maxTimestamp, index } = await output.finish()
    await store.syncFolder(log)
    const segment: SegmentRecord = {
      base: first.base,
      generation,
      length,
      end: inputs.at(-1)!.end,
      maxTimestamp,
      createdAt: first.createdAt,
      writtenAt: Math.max(...inputs.map(input => input.writtenAt)),
    }
    await store.keepIndex(log, segment, index)
    return segment
  } finally {
    await output.close()
  }
}

async function* batchesOf(
  log: PartitionLog,
  store: SegmentStore,
  segment: SegmentRecord,
): AsyncGenerator<ScannedBatch, void, undefined> {
  const path = store.openFiles.path(log, segment)
  const file = await store.files.open(path, 'read')
  try {
    yield* scanBatches(file, segment.length, (position, cause) => logCorrupt(log, path, position, cause))
  } finally {
    await file.close()
  }
}

class BatchFilter {
  readonly #keys: KeyMap
  readonly #cursor = new RecordCursor()
  readonly #builder = new BatchBuilder()

  constructor(keys: KeyMap) {
    this.#keys = keys
  }

  /** The batch without the records that go; undefined where none stays. */
  apply(batch: ScannedBatch, keepTombstones: boolean): Uint8Array | undefined {
    const { header, bytes } = batch
    if (header.control) return bytes
    const cursor = this.#cursor
    const builder = this.#builder
    cursor.open(bytes, header)
    let next = header.baseOffset
    let gone = 0
    while (cursor.next()) {
      const { key, value } = cursor
      const stays = key === null || (!this.#keys.supersedes(key, cursor.offset) && (value !== null || keepTombstones))
      if (!stays) {
        gone++
        continue
      }
      builder.skipOffsets(cursor.offset - next)
      builder.append(cursor.timestamp, key, value, cursor.headers())
      next = cursor.offset + 1
    }
    if (gone === 0 || builder.count === 0) {
      const whole = gone === 0 && header.recordCount > 0
      builder.reset()
      return whole ? bytes : undefined
    }
    // The batch goes on taking the offsets that it took.
    builder.skipOffsets(header.baseOffset + header.lastOffsetDelta + 1 - next)
    const { compression, timestampType, producerId, producerEpoch, baseSequence, transactional } = header
    const rest = builder.finish({ compression, timestampType, producerId, producerEpoch, baseSequence, transactional })
    patchBaseOffset(rest, 0, header.baseOffset, header.leaderEpoch)
    return rest
  }
}

/** The new segment's file, written a mebibyte at a time. */
class Output {
  readonly #file: LogFile
  readonly #index = new SparseIndex()
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #written = 0
  #maxTimestamp = -1

  constructor(file: LogFile) {
    this.#file = file
  }

  async add(batch: Uint8Array, baseOffset: number): Promise<void> {
    this.#index.add(baseOffset, batch.byteLength)
    this.#waiting.push(batch)
    this.#waitingBytes += batch.byteLength
    this.#maxTimestamp = Math.max(this.#maxTimestamp, maxTimestampOf(batch))
    if (this.#waitingBytes >= flushBytes) await this.#flush()
  }

  async finish(): Promise<{ readonly length: number; readonly maxTimestamp: number; readonly index: SparseIndex }> {
    await this.#flush()
    await this.#file.sync()
    return { length: this.#written, maxTimestamp: this.#maxTimestamp, index: this.#index }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #flush(): Promise<void> {
    await this.#file.write(this.#waiting, this.#written)
    this.#written += this.#waitingBytes
    this.#waiting = []
    this.#waitingBytes = 0
  }
}

function maxTimestampOf(batch: Uint8Array): number {
  return Number(new DataView(batch.buffer, batch.byteOffset).getBigInt64(35))
}
