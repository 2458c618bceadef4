import type { GroupOffset, TopicPartition } from '../../../core/offset.js'
import { byTopic, type Api } from './api.js'

export interface CoordinatorRequest {
  readonly key: string
  readonly kind: 'group' | 'transaction'
}

export const findCoordinatorApi: Api<
  CoordinatorRequest,
  { readonly error: number; readonly message: string | null; readonly node: number }
> = {
  name: 'FindCoordinator',
  key: 10,
  version: 2,
  flexible: false,
  encode(writer, { key, kind }) {
    writer.string(key)
    writer.int8(kind === 'group' ? 0 : 1)
  },
  decode(reader) {
    reader.int32() // throttle time
    return { error: reader.int16(), message: reader.nullableString(), node: reader.int32() }
  },
}

export type PartitionErrors = readonly (TopicPartition & { readonly error: number })[]

/** Raw: as no member of the group, which a broker takes as long as the group has no members. */
export const offsetCommitApi: Api<
  { readonly group: string; readonly offsets: readonly GroupOffset[] },
  PartitionErrors
> = {
  name: 'OffsetCommit',
  key: 8,
  version: 5,
  flexible: false,
  encode(writer, { group, offsets }) {
    writer.string(group)
    writer.int32(-1) // generation
    writer.string('') // member
    writer.array(byTopic(offsets), ({ topic, partitions }) => {
      writer.string(topic)
      writer.array(partitions, ({ partition, offset, metadata }) => {
        writer.int32(partition)
        writer.int64(offset)
        writer.string(metadata)
      })
    })
  },
  decode(reader) {
    reader.int32() // throttle time
    return reader
      .array(() => {
        const topic = reader.string()
        return reader.array(() => ({ topic, partition: reader.int32(), error: reader.int16() }))
      })
      .flat()
  },
}

export interface OffsetFetchResponse {
  readonly error: number
  /** -1 where nothing is committed. */
  readonly offsets: readonly (GroupOffset & { readonly error: number })[]
}

/**
 * Asks for all that a group committed. Version 7 is the first that says so instead of answering while a transaction's
 * offsets are on their way.
 */
export const offsetFetchApi: Api<{ readonly group: string }, OffsetFetchResponse> = {
  name: 'OffsetFetch',
  key: 9,
  version: 7,
  flexible: true,
  encode(writer, { group }) {
    writer.string(group)
    writer.array(null, () => undefined)
    writer.boolean(true) // require stable
    writer.end()
  },
  decode(reader) {
    reader.int32() // throttle time
    const topics = reader.array(() => {
      const topic = reader.string()
      const partitions = reader.array(() => {
        const partition = reader.int32()
        const offset = reader.int64()
        reader.int32() // leader epoch
        const metadata = reader.nullableString() ?? ''
        const error = reader.int16()
        reader.end()
        return { topic, partition, offset, metadata, error }
      })
      reader.end()
      return partitions
    })
    return { offsets: topics.flat(), error: reader.int16() }
  },
}

export const offsetDeleteApi: Api<
  { readonly group: string; readonly partitions: readonly TopicPartition[] },
  { readonly error: number; readonly partitions: PartitionErrors }
> = {
  name: 'OffsetDelete',
  key: 47,
  version: 0,
  flexible: false,
  encode(writer, { group, partitions }) {
    writer.string(group)
    writer.array(byTopic(partitions), topic => {
      writer.string(topic.topic)
      writer.array(topic.partitions, ({ partition }) => writer.int32(partition))
    })
  },
  decode(reader) {
    const error = reader.int16()
    reader.int32() // throttle time
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => ({ topic, partition: reader.int32(), error: reader.int16() }))
    })
    return { error, partitions: topics.flat() }
  },
}

export const deleteGroupsApi: Api<{ readonly group: string }, { readonly error: number }> = {
  name: 'DeleteGroups',
  key: 42,
  version: 1,
  flexible: false,
  encode(writer, { group }) {
    writer.array([group], name => writer.string(name))
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => ({ group: reader.string(), error: reader.int16() }))
    return { error: results[0]?.error ?? 0 }
  },
}

/** The groups that one broker coordinates. */
export const listGroupsApi: Api<
  Record<never, never>,
  { readonly error: number; readonly groups: readonly string[] }
> = {
  name: 'ListGroups',
  key: 16,
  version: 2,
  flexible: false,
  encode() {},
  decode(reader) {
    reader.int32() // throttle time
    const error = reader.int16()
    const groups = reader.array(() => {
      const group = reader.string()
      reader.string() // protocol type
      return group
    })
    return { error, groups }
  },
}
