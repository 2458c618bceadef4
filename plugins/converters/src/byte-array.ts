import { defineConverter, kindOf, rejected, schema } from 'millrace/plugin'
import { contractVersion } from './contract-version.js'
import { converterType } from './converter-type.js'

const optionalBytes = schema.bytes({ optional: true })

export const byteArrayConverter = defineConverter({
  name: 'byte-array-converter',
  version: contractVersion,
  summary: 'Passes bytes through as they are.',
  aliases: ['org.apache.kafka.connect.converters.ByteArrayConverter', 'ByteArrayConverter', 'ByteArray'],
  config: converterType,
  create: () => ({
    passesBytes: true,
    fromData(_topic, schema, value) {
      if (schema !== undefined && schema.type !== 'bytes')
        throw rejected(`Invalid schema type for ByteArrayConverter: ${schema.type.toUpperCase()}`)
      if (value === null || value instanceof Uint8Array) return value
      throw rejected(`ByteArrayConverter is not compatible with objects of type ${kindOf(value)}`)
    },
    // The bytes belong to the batch they came in: a record that outlives it needs its own.
    toData: (_topic, bytes) => ({ schema: optionalBytes, value: bytes === null ? null : Buffer.from(bytes) }),
  }),
})
