/**
 * Where the fields of a record batch (magic 2) stand, in bytes from the batch's start; big-endian.
 * Source: Kafka's documentation, "Message Format", and org.apache.kafka.common.record.DefaultRecordBatch.
 */
export const at = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

/** `batchLength` counts what follows itself: the batch without its offset and length. */
export const lengthOverhead = 12

/** The CRC covers everything behind itself, so offset and leader epoch can be set without it. */
export const crcStart = at.attributes

export const attribute = {
  compressionMask: 0x07,
  appendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const

/** In the order of their numbers in a batch's attributes. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type Compression = (typeof compressions)[number]

/** The most a batch may hold, and the most a reader unpacks unless told otherwise, in bytes. */
export const maxBatchBytes = 128 * 1024 * 1024
