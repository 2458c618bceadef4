import avsc from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { avroFormat } from '../../src/avro/format.js'
import { samples } from '../arbitrary.js'
import { avroConfig } from './config.js'

const custom = '__with'
const bigLong = avsc.types.LongType[custom]({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (json: number) => BigInt(json),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => Number(a - b),
})

let made = 0
const names = () => `some.Struct${made++}`

test('any data comes back as it went, under a schema that says the same', () => {
  const format = avroFormat(avroConfig())
  fc.assert(
    fc.property(samples({ names }), ({ schema, value }) => {
      const { text } = format.describe(schema)
      const registered = { kind: 'AVRO' as const, text, references: [], imports: [] }
      const bytes = format.writer(schema, registered)(value, 7)
      expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 7])
      const back = format.reader(registered, undefined, undefined)(bytes)
      expect(back.schema).toEqual(schema)
      expect(back.value).toEqual(value)
    }),
    { numRuns: 120 },
  )
})

test('another library of Avro reads what is written, whole, and writes the same', () => {
  const format = avroFormat(avroConfig())
  fc.assert(
    fc.property(samples({ names, without: ['odd keys'] }), ({ schema, value }) => {
      const { text } = format.describe(schema)
      const bytes = format.writer(schema, { kind: 'AVRO', text, references: [], imports: [] })(value, 7).subarray(5)
      const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, {
        wrapUnions: true,
        typeHook: (of: unknown) => (of === 'long' || (of as { type?: unknown }).type === 'long' ? bigLong : undefined),
      })
      expect(type.toBuffer(type.fromBuffer(bytes)).equals(bytes)).toBe(true)
    }),
    { numRuns: 120 },
  )
})
