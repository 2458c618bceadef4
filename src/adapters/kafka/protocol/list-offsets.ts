import type { TopicPartition } from '../../../core/offset.js'
import { byTopic, type Api } from './api.js'

/** What to ask for in place of a timestamp. */
export const endOf = { log: -1, start: -2 } as const

export interface ListOffsetsRequest {
  readonly readCommitted: boolean
  readonly timestamp: number
  readonly partitions: readonly TopicPartition[]
}

export type ListOffsetsResponse = readonly (TopicPartition & { readonly error: number; readonly offset: number })[]

export const listOffsetsApi: Api<ListOffsetsRequest, ListOffsetsResponse> = {
  name: 'ListOffsets',
  key: 2,
  version: 5,
  flexible: false,
  encode(writer, { readCommitted, timestamp, partitions }) {
    writer.int32(-1) // replica
    writer.int8(readCommitted ? 1 : 0)
    writer.array(byTopic(partitions), topic => {
      writer.string(topic.topic)
      writer.array(topic.partitions, ({ partition }) => {
        writer.int32(partition)
        writer.int32(-1) // leader epoch
        writer.int64(timestamp)
      })
    })
  },
  decode(reader) {
    reader.int32() // throttle time
    return reader
      .array(() => {
        const topic = reader.string()
        return reader.array(() => {
          const partition = reader.int32()
          const error = reader.int16()
          reader.int64() // timestamp
          const offset = reader.int64()
          reader.int32() // leader epoch
          return { topic, partition, error, offset }
        })
      })
      .flat()
  },
}
