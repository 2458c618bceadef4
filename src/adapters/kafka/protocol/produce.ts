import type { TopicPartition } from '../../../core/offset.js'
import { byTopic, type Api } from './api.js'

export interface ProduceRequest {
  readonly transactionalId: string | null
  readonly acks: number
  readonly timeoutMs: number
  /** One batch of a partition at most. */
  readonly batches: readonly (TopicPartition & { readonly bytes: Uint8Array })[]
}

export interface ProduceResponse {
  readonly partitions: readonly (TopicPartition & {
    readonly error: number
    readonly baseOffset: number
    readonly message: string | null
  })[]
  readonly throttleMs: number
}

/**
 * Version 8 is the last one that is not flexible; it has the broker's message for a refused batch. Up to version 11 a
 * broker takes a transactional batch only of partitions that were added to the transaction before (transactions v1).
 */
export const produceApi: Api<ProduceRequest, ProduceResponse> = {
  name: 'Produce',
  key: 0,
  version: 8,
  flexible: false,
  encode(writer, { transactionalId, acks, timeoutMs, batches }) {
    writer.string(transactionalId)
    writer.int16(acks)
    writer.int32(timeoutMs)
    writer.array(byTopic(batches), ({ topic, partitions }) => {
      writer.string(topic)
      writer.array(partitions, ({ partition, bytes }) => {
        writer.int32(partition)
        writer.bytes(bytes)
      })
    })
  },
  decode(reader) {
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => {
        const partition = reader.int32()
        const error = reader.int16()
        const baseOffset = reader.int64()
        reader.int64() // log append time
        reader.int64() // log start offset
        const records = reader.array(() => ({ index: reader.int32(), message: reader.nullableString() }))
        const message = reader.nullableString() ?? records.find(record => record.message !== null)?.message ?? null
        return { topic, partition, error, baseOffset, message }
      })
    })
    return { partitions: topics.flat(), throttleMs: reader.int32() }
  },
}
