import fc from 'fast-check'
import { dispositionOf } from 'millrace/plugin'
import { expect, test } from 'vitest'
import { avroFormat } from '../src/avro/format.js'
import { jsonFormat } from '../src/json/format.js'
import { protobufFormat } from '../src/protobuf/format.js'
import { samples } from './arbitrary.js'
import { avroConfig } from './avro/config.js'
import { jsonConfig } from './json/config.js'
import { protobufConfig } from './protobuf/config.js'

let made = 0
const limits = {
  names: () => `some.Struct${made++}`,
  without: ['optional items', 'nested collections'],
} as const

/** One byte changed, or the end cut off. */
const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 256 }))

test.each([avroFormat(avroConfig()), jsonFormat(jsonConfig()), protobufFormat(protobufConfig())])(
  'damaged data is read as other data or blames the record, and harms nothing else: $kind',
  format => {
    fc.assert(
      fc.property(samples(limits), fc.array(damage, { minLength: 1, maxLength: 3 }), ({ schema, value }, damages) => {
        const { text } = format.describe(schema)
        const registered = { kind: format.kind, text, references: [], imports: [] }
        const bytes = format.writer(schema, registered)(value, 7)
        const read = format.reader(registered, undefined, undefined)
        const expected = read(bytes)
        let damaged = Buffer.from(bytes)
        for (const [where, byte] of damages) {
          const at = 5 + Math.floor(where * (damaged.length - 5))
          if (byte === 256) damaged = damaged.subarray(0, at)
          else if (at < damaged.length) damaged[at] = byte
        }
        try {
          read(damaged)
        } catch (error) {
          expect(dispositionOf(error), String((error as Error).stack)).toBe('reject')
        }
        // The reader holds on to nothing of what it could not read.
        expect(read(bytes)).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  },
)

test.each([avroFormat(avroConfig()), jsonFormat(jsonConfig()), protobufFormat(protobufConfig())])(
  'a schema that is none is told: $kind',
  format => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        try {
          format.reader({ kind: format.kind, text, references: [], imports: [] }, undefined, undefined)(Buffer.alloc(6))
        } catch (error) {
          expect(dispositionOf(error), String((error as Error).stack)).toBe('reject')
        }
      }),
      { numRuns: 300 },
    )
  },
)
