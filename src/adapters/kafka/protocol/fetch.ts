import type { Api } from './api.js'

export interface FetchPartition {
  readonly partition: number
  readonly leaderEpoch: number
  readonly offset: number
  /** The leader epoch of the last batch that was read; -1 where none was: how a broker finds a diverged reader. */
  readonly lastEpoch: number
  readonly maxBytes: number
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly readCommitted: boolean
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: readonly { readonly id: Buffer; readonly partitions: readonly FetchPartition[] }[]
  readonly forgotten: readonly { readonly id: Buffer; readonly partitions: readonly number[] }[]
}

export interface FetchedPartition {
  readonly topicId: Buffer
  readonly partition: number
  readonly error: number
  readonly highWatermark: number
  /** The end of what `read_committed` may see. */
  readonly lastStableOffset: number
  readonly logStart: number
  /** Where the log that was read ends within the leader's log, if that is before the position. */
  readonly diverged: { readonly epoch: number; readonly endOffset: number } | undefined
  readonly aborted: readonly AbortedTransaction[]
  readonly bytes: Buffer
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchResponse {
  readonly throttleMs: number
  readonly error: number
  readonly sessionId: number
  readonly partitions: readonly FetchedPartition[]
}

/** Version 13 is the first that names topics by id, so that a topic made anew is not taken for the old one. */
export const fetchApi: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  version: 13,
  flexible: true,
  encode(writer, request) {
    writer.int32(-1) // replica
    writer.int32(request.maxWaitMs)
    writer.int32(request.minBytes)
    writer.int32(request.maxBytes)
    writer.int8(request.readCommitted ? 1 : 0)
    writer.int32(request.sessionId)
    writer.int32(request.sessionEpoch)
    writer.array(request.topics, ({ id, partitions }) => {
      writer.uuid(id)
      writer.array(partitions, ({ partition, leaderEpoch, offset, lastEpoch, maxBytes }) => {
        writer.int32(partition)
        writer.int32(leaderEpoch)
        writer.int64(offset)
        writer.int32(lastEpoch)
        writer.int64(-1) // log start of a follower
        writer.int32(maxBytes)
        writer.end()
      })
      writer.end()
    })
    writer.array(request.forgotten, ({ id, partitions }) => {
      writer.uuid(id)
      writer.array(partitions, partition => writer.int32(partition))
      writer.end()
    })
    writer.string('') // rack
    writer.end()
  },
  decode(reader) {
    const throttleMs = reader.int32()
    const error = reader.int16()
    const sessionId = reader.int32()
    const topics = reader.array(() => {
      const topicId = reader.uuid()
      const partitions = reader.array((): FetchedPartition => {
        const partition = reader.int32()
        const error = reader.int16()
        const highWatermark = reader.int64()
        const lastStableOffset = reader.int64()
        const logStart = reader.int64()
        const aborted = reader.array(() => {
          const transaction = { producerId: reader.int64(), firstOffset: reader.int64() }
          reader.end()
          return transaction
        })
        reader.int32() // preferred read replica
        const bytes = reader.bytes()
        let diverged: FetchedPartition['diverged']
        reader.end((tag, field) => {
          if (tag === 0) diverged = { epoch: field.int32(), endOffset: field.int64() }
        })
        return { topicId, partition, error, highWatermark, lastStableOffset, logStart, diverged, aborted, bytes }
      })
      reader.end()
      return partitions
    })
    return { throttleMs, error, sessionId, partitions: topics.flat() }
  },
}
