import type { GroupOffset, TopicPartition } from '../../../core/offset.js'
import { byTopic, type Api } from './api.js'
import type { PartitionErrors } from './groups.js'

/** Who produces: what brokers know a writer by. */
export interface Producer {
  readonly id: number
  readonly epoch: number
}

interface OfTransaction {
  readonly transactionalId: string
  readonly producer: Producer
}

/** With a transactional id it fences every earlier producer of that id and undoes what it left open. */
export const initProducerIdApi: Api<
  { readonly transactionalId: string | null; readonly timeoutMs: number },
  { readonly error: number; readonly producer: Producer }
> = {
  name: 'InitProducerId',
  key: 22,
  version: 1,
  flexible: false,
  encode(writer, { transactionalId, timeoutMs }) {
    writer.string(transactionalId)
    writer.int32(timeoutMs)
  },
  decode(reader) {
    reader.int32() // throttle time
    return { error: reader.int16(), producer: { id: reader.int64(), epoch: reader.int16() } }
  },
}

export const addPartitionsToTxnApi: Api<
  OfTransaction & { readonly partitions: readonly TopicPartition[] },
  PartitionErrors
> = {
  name: 'AddPartitionsToTxn',
  key: 24,
  version: 2,
  flexible: false,
  encode(writer, { transactionalId, producer, partitions }) {
    writer.string(transactionalId)
    writer.int64(producer.id)
    writer.int16(producer.epoch)
    writer.array(byTopic(partitions), topic => {
      writer.string(topic.topic)
      writer.array(topic.partitions, ({ partition }) => writer.int32(partition))
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

export const addOffsetsToTxnApi: Api<OfTransaction & { readonly group: string }, { readonly error: number }> = {
  name: 'AddOffsetsToTxn',
  key: 25,
  version: 2,
  flexible: false,
  encode(writer, { transactionalId, producer, group }) {
    writer.string(transactionalId)
    writer.int64(producer.id)
    writer.int16(producer.epoch)
    writer.string(group)
  },
  decode(reader) {
    reader.int32() // throttle time
    return { error: reader.int16() }
  },
}

export const txnOffsetCommitApi: Api<
  OfTransaction & { readonly group: string; readonly offsets: readonly GroupOffset[] },
  PartitionErrors
> = {
  name: 'TxnOffsetCommit',
  key: 28,
  version: 2,
  flexible: false,
  encode(writer, { transactionalId, producer, group, offsets }) {
    writer.string(transactionalId)
    writer.string(group)
    writer.int64(producer.id)
    writer.int16(producer.epoch)
    writer.array(byTopic(offsets), ({ topic, partitions }) => {
      writer.string(topic)
      writer.array(partitions, ({ partition, offset, metadata }) => {
        writer.int32(partition)
        writer.int64(offset)
        writer.int32(-1) // leader epoch
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

export const endTxnApi: Api<OfTransaction & { readonly commit: boolean }, { readonly error: number }> = {
  name: 'EndTxn',
  key: 26,
  version: 2,
  flexible: false,
  encode(writer, { transactionalId, producer, commit }) {
    writer.string(transactionalId)
    writer.int64(producer.id)
    writer.int16(producer.epoch)
    writer.boolean(commit)
  },
  decode(reader) {
    reader.int32() // throttle time
    return { error: reader.int16() }
  },
}
