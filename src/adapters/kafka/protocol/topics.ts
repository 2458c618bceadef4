import type { Api } from './api.js'

export interface CreateTopicRequest {
  readonly name: string
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Version 4 is the first that takes -1 for the broker's default. */
export const createTopicsApi: Api<CreateTopicRequest, { readonly error: number; readonly message: string | null }> = {
  name: 'CreateTopics',
  key: 19,
  version: 4,
  flexible: false,
  encode(writer, { name, partitions, replicationFactor, config, timeoutMs }) {
    writer.array([name], topic => {
      writer.string(topic)
      writer.int32(partitions)
      writer.int16(replicationFactor)
      writer.array([], () => undefined) // replicas by hand
      writer.array(Object.entries(config), ([key, value]) => {
        writer.string(key)
        writer.string(value)
      })
    })
    writer.int32(timeoutMs)
    writer.boolean(false) // validate only
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => {
      reader.string() // topic
      return { error: reader.int16(), message: reader.nullableString() }
    })
    return results[0] ?? { error: 0, message: null }
  },
}

export const deleteTopicsApi: Api<{ readonly name: string; readonly timeoutMs: number }, { readonly error: number }> = {
  name: 'DeleteTopics',
  key: 20,
  version: 3,
  flexible: false,
  encode(writer, { name, timeoutMs }) {
    writer.array([name], topic => writer.string(topic))
    writer.int32(timeoutMs)
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => {
      reader.string() // topic
      return { error: reader.int16() }
    })
    return results[0] ?? { error: 0 }
  },
}

export interface DescribeConfigsResponse {
  readonly error: number
  readonly message: string | null
  /** Defaults of the broker and of Kafka included; null for what is secret. */
  readonly entries: readonly {
    readonly name: string
    readonly value: string | null
    /** Whether it was set for this topic. */
    readonly own: boolean
  }[]
}

const topicResource = 2
const dynamicTopicConfig = 1

export const describeConfigsApi: Api<{ readonly topic: string }, DescribeConfigsResponse> = {
  name: 'DescribeConfigs',
  key: 32,
  version: 1,
  flexible: false,
  encode(writer, { topic }) {
    writer.array([topic], name => {
      writer.int8(topicResource)
      writer.string(name)
      writer.array(null, () => undefined) // all keys
    })
    writer.boolean(false) // synonyms
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => {
      const error = reader.int16()
      const message = reader.nullableString()
      reader.int8() // resource type
      reader.string() // resource name
      const entries = reader.array(() => {
        const name = reader.string()
        const value = reader.nullableString()
        reader.boolean() // read only
        const source = reader.int8()
        reader.boolean() // sensitive
        reader.array(() => [reader.string(), reader.nullableString(), reader.int8()]) // synonyms
        return { name, value, own: source === dynamicTopicConfig }
      })
      return { error, message, entries }
    })
    return results[0] ?? { error: 0, message: null, entries: [] }
  },
}

interface Outcome {
  readonly error: number
  readonly message: string | null
}

export const createPartitionsApi: Api<
  { readonly name: string; readonly partitions: number; readonly timeoutMs: number },
  Outcome
> = {
  name: 'CreatePartitions',
  key: 37,
  version: 1,
  flexible: false,
  encode(writer, { name, partitions, timeoutMs }) {
    writer.array([name], topic => {
      writer.string(topic)
      writer.int32(partitions)
      writer.array(null, () => undefined) // replicas by hand
    })
    writer.int32(timeoutMs)
    writer.boolean(false) // validate only
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => {
      reader.string() // topic
      return { error: reader.int16(), message: reader.nullableString() }
    })
    return results[0] ?? { error: 0, message: null }
  },
}

const setOperation = 0
const deleteOperation = 1

/** Null sets a key back to its default. */
export const alterTopicConfigApi: Api<
  { readonly topic: string; readonly changes: Readonly<Record<string, string | null>> },
  Outcome
> = {
  name: 'IncrementalAlterConfigs',
  key: 44,
  version: 0,
  flexible: false,
  encode(writer, { topic, changes }) {
    writer.array([topic], name => {
      writer.int8(topicResource)
      writer.string(name)
      writer.array(Object.entries(changes), ([key, value]) => {
        writer.string(key)
        writer.int8(value === null ? deleteOperation : setOperation)
        writer.string(value)
      })
    })
    writer.boolean(false) // validate only
  },
  decode(reader) {
    reader.int32() // throttle time
    const results = reader.array(() => {
      const outcome = { error: reader.int16(), message: reader.nullableString() }
      reader.int8() // resource type
      reader.string() // resource name
      return outcome
    })
    return results[0] ?? { error: 0, message: null }
  },
}
