import { Float64, defineConverter, kindOf, rejected, schema } from 'millrace/plugin'
import type { ConverterPlugin, Schema, Value } from 'millrace/plugin'
import { contractVersion } from './contract-version.js'
import { converterType } from './converter-type.js'

/** How one plain type stands in bytes, as Kafka's own serializers write it. */
interface PlainType {
  /** As in class names. */
  readonly title: string
  readonly schema: Schema
  readonly size: number
  /** Writes the value, or returns false where it is of another type. */
  write(into: Buffer, value: Value): boolean
  /** Undefined where the bytes stand for no value. */
  read(from: Buffer): Value | undefined
}

function within(value: Value, bits: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)
}

function floating(value: Value): number | undefined {
  if (value instanceof Float64) return value.value
  return typeof value === 'number' ? value : undefined
}

const plainTypes: readonly PlainType[] = [
  {
    title: 'Short',
    schema: schema.int16({ optional: true }),
    size: 2,
    write: (into, value) => within(value, 16) && into.writeInt16BE(value) > 0,
    read: from => from.readInt16BE(),
  },
  {
    title: 'Integer',
    schema: schema.int32({ optional: true }),
    size: 4,
    write: (into, value) => within(value, 32) && into.writeInt32BE(value) > 0,
    read: from => from.readInt32BE(),
  },
  {
    title: 'Long',
    schema: schema.int64({ optional: true }),
    size: 8,
    write(into, value) {
      if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isSafeInteger(value))) return false
      const long = BigInt(value)
      return BigInt.asIntN(64, long) === long && into.writeBigInt64BE(long) > 0
    },
    read(from) {
      const long = from.readBigInt64BE()
      const number = Number(long)
      return Number.isSafeInteger(number) ? number : long
    },
  },
  {
    title: 'Float',
    schema: schema.float32({ optional: true }),
    size: 4,
    write(into, value) {
      const number = floating(value)
      return number !== undefined && into.writeFloatBE(number) > 0
    },
    read: from => from.readFloatBE(),
  },
  {
    title: 'Double',
    schema: schema.float64({ optional: true }),
    size: 8,
    write(into, value) {
      const number = floating(value)
      return number !== undefined && into.writeDoubleBE(number) > 0
    },
    read: from => from.readDoubleBE(),
  },
  {
    title: 'Boolean',
    schema: schema.boolean({ optional: true }),
    size: 1,
    write: (into, value) => typeof value === 'boolean' && into.writeUInt8(value ? 1 : 0) > 0,
    read: from => (from[0] === 0 || from[0] === 1 ? from[0] === 1 : undefined),
  },
]

function plainConverter(type: PlainType): ConverterPlugin {
  const name = type.title.toLowerCase()
  return defineConverter({
    name: `${name}-converter`,
    version: contractVersion,
    summary: `Writes and reads one ${name} in ${type.size} bytes, big-endian.`,
    aliases: [`org.apache.kafka.connect.converters.${type.title}Converter`, `${type.title}Converter`, type.title],
    config: converterType,
    create: () => ({
      fromData(_topic, schema, value) {
        // BooleanConverter looks at the schema first.
        const fits = schema === undefined || schema.type === type.schema.type
        if (value === null && (fits || type.title !== 'Boolean')) return null
        const bytes = Buffer.alloc(type.size)
        if (fits && type.write(bytes, value)) return bytes
        throw rejected(`Failed to serialize to ${name} (was ${schema?.type ?? kindOf(value)})`)
      },
      toData(_topic, bytes) {
        if (bytes === null) return { schema: type.schema, value: null }
        const value = bytes.length === type.size ? type.read(bytes) : undefined
        if (value !== undefined) return { schema: type.schema, value }
        throw rejected(`Failed to deserialize ${name}: ${bytes.length} bytes do not hold one`)
      },
    }),
  })
}

/** ShortConverter to BooleanConverter. */
export const plainConverters = plainTypes.map(plainConverter)
