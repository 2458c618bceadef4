import { BatchBuilder, batches, patchBaseOffset, RecordCursor, type FieldBytes } from '../codec/index.js'
import type { BatchHeader, RecordHeader } from '../codec/index.js'
import { MillraceError } from '../core/error.js'
import { partitionForKey } from '../core/murmur2.js'
import type { BatchAppend } from '../ports/log.js'
import type { Random } from '../ports/random.js'
import type { Packing } from './client-settings.js'
import type { KnownTopic } from './topic-maker.js'

/** A topic as records are packed for it. */
export interface TopicLane extends KnownTopic {
  readonly topic: string
  /** The batch at hand of each partition. */
  readonly open: (BatchBuilder | undefined)[]
  /** Where records without a key go during this round. */
  sticky: number
}

/** What an encoded batch brought to the unit. */
export interface TakenBatch {
  readonly records: number
  /** Of its first record; -1 for none. */
  readonly timestamp: number
}

/** Batch header and the most a record adds to its own fields (codec's format). */
const recordOverhead = 64
const maxPooled = 8

/** Packs encoded records into the batches of one append unit after the other. */
export class UnitBuilder {
  readonly #packing: Packing
  readonly #keepsBuffers: boolean
  readonly #random: Random
  readonly #lanes = new Map<string, TopicLane>()
  readonly #pool: BatchBuilder[] = []
  readonly #cursor = new RecordCursor()
  #finished: BatchAppend[] = []
  #finishedBytes = 0
  #openBytes = 0
  #records = 0

  /** `keepsBuffers`: whole batches may be parts of a larger buffer, for the log does not take that (`LogClient.takesBuffers`). */
  constructor(packing: Packing, random: Random, keepsBuffers = false) {
    this.#packing = packing
    this.#keepsBuffers = keepsBuffers
    this.#random = random
  }

  /** Records in the unit at hand. */
  get records(): number {
    return this.#records
  }

  /** What the unit at hand takes, about. */
  get bytes(): number {
    return this.#finishedBytes + this.#openBytes
  }

  /** Undefined until the topic was added. */
  lane(topic: string): TopicLane | undefined {
    return this.#lanes.get(topic)
  }

  addTopic(topic: string, known: KnownTopic): void {
    const sticky = Math.floor(this.#random.next() * known.partitions)
    this.#lanes.set(topic, { ...known, topic, open: [], sticky })
  }

  /**
   * Takes a record, or throws and leaves the unit as it was: `pipeline.record_too_large`,
   * `pipeline.partition_unknown`, `codec.timestamp_invalid`.
   */
  append(
    lane: TopicLane,
    explicit: number | null | undefined,
    timestamp: number,
    key: FieldBytes,
    value: FieldBytes,
    headers: readonly RecordHeader[] | undefined,
  ): void {
    // One partition needs no hash, and so no bytes of a textual key.
    const hashed = typeof key === 'string' && lane.partitions > 1 && explicit == null ? Buffer.from(key) : key
    const partition = choosePartition(lane, explicit, hashed)
    const limit = Math.min(this.#packing.maxBatchBytes, lane.maxBatchBytes ?? Infinity)
    const open = lane.open[partition]
    const fits = (open?.sizeBytes ?? 0) + recordOverhead + mostBytes(hashed, value, headers) <= limit
    // It may be too much for what is packed already, or for any batch: packed alone, that is known exactly.
    if (!fits && open !== undefined) this.#close(lane, partition, open)
    const builder = fits && open !== undefined ? open : (this.#pool.pop() ?? new BatchBuilder())
    const before = builder.count === 0 ? 0 : builder.sizeBytes
    try {
      builder.append(timestamp, hashed, value, headers)
      if (builder.sizeBytes > limit) throw tooLarge(builder.sizeBytes, limit)
    } catch (error) {
      if (before === 0) this.#release(builder)
      throw error
    }
    lane.open[partition] = builder
    this.#openBytes += builder.sizeBytes - before
    this.#records++
    if (builder.sizeBytes >= this.#packing.targetBatchBytes) this.#close(lane, partition, builder)
  }

  /**
   * Takes whole batches, behind what was taken for their partition before; gives how many records each brings. Records
   * below `from` are left out. A batch goes as it is where brokers take it so, else its records are packed anew.
   */
  appendEncoded(lane: TopicLane, partition: number, bytes: Uint8Array, from = 0): readonly TakenBatch[] {
    checkPartition(lane, partition)
    const limit = Math.min(this.#packing.maxBatchBytes, lane.maxBatchBytes ?? Infinity)
    const taken: TakenBatch[] = []
    for (const header of batches(bytes)) {
      const whole = header.baseOffset >= from
      if (header.control || header.recordCount === 0) continue
      if (!whole || !isTakenAsItIs(header, limit)) {
        taken.push({ timestamp: header.baseTimestamp, records: this.#repack(lane, partition, bytes, header, from) })
        continue
      }
      const open = lane.open[partition]
      if (open !== undefined) this.#close(lane, partition, open)
      const part = bytes.subarray(header.start, header.end) as Uint8Array<ArrayBuffer>
      const batch = this.#keepsBuffers ? part : new Uint8Array(part)
      patchBaseOffset(batch, 0, 0, -1)
      this.#push({ topic: lane.topic, partition, bytes: batch })
      this.#records += header.recordCount
      taken.push({ timestamp: header.baseTimestamp, records: header.recordCount })
    }
    return taken
  }

  /** The batches of the unit at hand; the next unit begins. Records without a key go to another partition from then on. */
  finish(): BatchAppend[] {
    for (const lane of this.#lanes.values()) {
      lane.open.forEach((builder, partition) => builder && this.#close(lane, partition, builder))
      lane.sticky = (lane.sticky + 1) % lane.partitions
    }
    const finished = this.#finished
    this.#finished = []
    this.#finishedBytes = 0
    this.#records = 0
    return finished
  }

  /** Forgets the unit at hand. */
  drop(): void {
    for (const lane of this.#lanes.values()) {
      for (const builder of lane.open) if (builder) this.#release(builder)
      lane.open.length = 0
    }
    this.#finished = []
    this.#finishedBytes = this.#openBytes = this.#records = 0
  }

  #repack(lane: TopicLane, partition: number, bytes: Uint8Array, header: BatchHeader, from: number): number {
    const cursor = this.#cursor
    let records = 0
    cursor.open(bytes, header)
    while (cursor.next()) {
      if (cursor.offset < from) continue
      this.append(lane, partition, cursor.timestamp, cursor.key, cursor.value, cursor.headers())
      records++
    }
    return records
  }

  #close(lane: TopicLane, partition: number, builder: BatchBuilder): void {
    lane.open[partition] = undefined
    this.#openBytes -= builder.sizeBytes
    this.#push({ topic: lane.topic, partition, bytes: builder.finish({ compression: this.#packing.compression }) })
    this.#release(builder)
  }

  #push(batch: BatchAppend): void {
    this.#finished.push(batch)
    this.#finishedBytes += batch.bytes.length
  }

  #release(builder: BatchBuilder): void {
    builder.reset()
    if (this.#pool.length < maxPooled) this.#pool.push(builder)
  }
}

/**
 * A broker refuses a batch with gaps between its records, as compaction leaves them, and one whose timestamps another broker
 * has set (LogValidator of Kafka 4.3).
 */
function isTakenAsItIs(header: BatchHeader, limit: number): boolean {
  return (
    header.lastOffsetDelta === header.recordCount - 1 &&
    header.timestampType === 'create' &&
    header.end - header.start <= limit
  )
}

function tooLarge(sizeBytes: number, limit: number): MillraceError {
  return new MillraceError(
    'pipeline.record_too_large',
    `A record takes ${sizeBytes} bytes, and a batch may have ${limit}.`,
    { disposition: 'reject', hint: "Raise producer.override.max.request.size, and the topic's max.message.bytes." },
  )
}

/** The record's own partition, else its key's, else the round's (KafkaProducer.partition). */
function choosePartition(lane: TopicLane, explicit: number | null | undefined, key: FieldBytes): number {
  if (explicit != null) return checkPartition(lane, explicit)
  if (key === null || lane.partitions === 1) return lane.partitions === 1 ? 0 : lane.sticky
  return partitionForKey(key as Uint8Array, lane.partitions)
}

function checkPartition(lane: TopicLane, partition: number): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < lane.partitions) return partition
  throw new MillraceError(
    'pipeline.partition_unknown',
    `A record is for partition ${partition} of ${lane.topic}, which has ${lane.partitions}.`,
    { disposition: 'reject' },
  )
}

/** At most; a text's UTF-16 units take up to three bytes each. */
function mostBytes(key: FieldBytes, value: FieldBytes, headers: readonly RecordHeader[] | undefined): number {
  let most = mostFieldBytes(key) + mostFieldBytes(value)
  if (headers !== undefined)
    for (const header of headers) most += 10 + header.key.length * 3 + mostFieldBytes(header.value)
  return most
}

function mostFieldBytes(field: FieldBytes): number {
  return field === null ? 0 : typeof field === 'string' ? field.length * 3 : field.length
}
