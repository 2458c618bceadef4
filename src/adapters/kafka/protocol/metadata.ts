import type { Api } from './api.js'

export interface MetadataResponse {
  readonly brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[]
  readonly clusterId: string | null
  readonly controller: number
  readonly topics: readonly {
    readonly error: number
    readonly name: string
    /** 16 bytes; another one when a topic was deleted and made again. */
    readonly id: Buffer
    readonly internal: boolean
    readonly partitions: readonly {
      readonly error: number
      readonly partition: number
      /** -1 while there is none. */
      readonly leader: number
      readonly leaderEpoch: number
    }[]
  }[]
}

const noId = Buffer.alloc(16)

/** Topics are never made by asking for them. `topics: null` asks for all. */
export const metadataApi: Api<{ readonly topics: readonly string[] | null }, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  version: 10,
  flexible: true,
  encode(writer, { topics }) {
    writer.array(topics, topic => {
      writer.uuid(noId)
      writer.string(topic)
      writer.end()
    })
    writer.boolean(false) // allow auto creation
    writer.boolean(false) // include authorized operations of the cluster
    writer.boolean(false) // and of topics
    writer.end()
  },
  decode(reader) {
    reader.int32() // throttle time
    const brokers = reader.array(() => {
      const broker = { node: reader.int32(), host: reader.string(), port: reader.int32() }
      reader.nullableString() // rack
      reader.end()
      return broker
    })
    const clusterId = reader.nullableString()
    const controller = reader.int32()
    const topics = reader.array(() => {
      const topic = {
        error: reader.int16(),
        name: reader.string(),
        id: Buffer.from(reader.uuid()),
        internal: reader.boolean(),
        partitions: reader.array(() => {
          const partition = {
            error: reader.int16(),
            partition: reader.int32(),
            leader: reader.int32(),
            leaderEpoch: reader.int32(),
          }
          for (let list = 0; list < 3; list++) reader.array(() => reader.int32()) // replicas, in sync, offline
          reader.end()
          return partition
        }),
      }
      reader.int32() // authorized operations
      reader.end()
      return topic
    })
    return { brokers, clusterId, controller, topics }
  },
}
