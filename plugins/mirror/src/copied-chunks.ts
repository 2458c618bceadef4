import { schema } from 'millrace/plugin'
import type { SourceRecord, SourceYield } from 'millrace/plugin'
import { batches, RecordCursor, type FetchedChunk } from 'millrace/kafka'
import type { ReplicationPolicy } from './replication-policy.js'

/** A partition of the source, as offsets name it. */
export type Place = { readonly cluster: string; readonly topic: string; readonly partition: number }
export type Copied = { readonly offset: number }

const optionalBytes = schema.bytes({ optional: true })

/** What is yielded of what was read: its batches as they are where that may be, else its records. */
export class CopiedChunks {
  readonly #cluster: string
  readonly #policy: ReplicationPolicy
  readonly #passesEncoded: boolean
  readonly #places = new Map<string, Place>()
  /** Of what was yielded of each partition. */
  readonly #firstOffsets = new Map<Place, number>()
  readonly #cursor = new RecordCursor()

  constructor(cluster: string, policy: ReplicationPolicy, passesEncoded: boolean) {
    this.#cluster = cluster
    this.#policy = policy
    this.#passesEncoded = passesEncoded
  }

  of(chunk: FetchedChunk): SourceYield<Place, Copied> {
    const partition = this.#placeOf(chunk)
    const offset = { offset: chunk.next - 1 }
    // All of it was undone, or is for readers only.
    if (chunk.bytes.length === 0) return { mark: 'offset', partition, offset }
    const topic = this.#policy.remoteTopic(chunk.topic)
    if (!this.#passesEncoded) return this.#recordsOf(chunk, topic, partition)
    this.#noteFirst(partition, chunk)
    return {
      mark: 'encoded',
      topic,
      kafkaPartition: chunk.partition,
      batches: chunk.bytes,
      from: chunk.position,
      partition,
      offset,
    }
  }

  /** The first record of a partition that was passed on; undefined where records may have been left out since. */
  firstOffset(place: Place): number | undefined {
    return this.#firstOffsets.get(place)
  }

  #noteFirst(place: Place, { bytes, position }: FetchedChunk): void {
    if (this.#firstOffsets.has(place)) return
    const cursor = this.#cursor
    for (const batch of batches(bytes)) {
      if (batch.control) continue
      cursor.open(bytes, batch)
      while (cursor.next()) if (cursor.offset >= position) return void this.#firstOffsets.set(place, cursor.offset)
    }
  }

  #recordsOf({ bytes, position, partition: kafkaPartition }: FetchedChunk, topic: string, partition: Place) {
    const records: SourceRecord<Place, Copied>[] = []
    const cursor = this.#cursor
    for (const batch of batches(bytes)) {
      if (batch.control) continue
      cursor.open(bytes, batch)
      while (cursor.next()) {
        if (cursor.offset < position) continue
        records.push({
          topic,
          kafkaPartition,
          key: copyOf(cursor.key),
          keySchema: optionalBytes,
          value: copyOf(cursor.value),
          valueSchema: optionalBytes,
          timestamp: cursor.timestamp === -1 ? null : cursor.timestamp,
          headers: cursor.headers().map(({ key, value }) => ({ key, value: copyOf(value), schema: optionalBytes })),
          partition,
          offset: { offset: cursor.offset },
        })
      }
    }
    return records
  }

  /** The same object for the same partition: offsets are compared by identity first. */
  #placeOf({ topic, partition }: FetchedChunk): Place {
    const key = `${topic}-${partition}`
    let place = this.#places.get(key)
    if (place === undefined) this.#places.set(key, (place = { cluster: this.#cluster, topic, partition }))
    return place
  }
}

/** The batch's memory goes with the next read. */
function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}
