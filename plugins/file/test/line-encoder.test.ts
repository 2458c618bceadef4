import * as fc from 'fast-check'
import { schema } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import { encodeLines } from '../src/line-encoder.js'
import { sinkRecord } from './sink-driver.js'

describe('lines', () => {
  const encode = (records: Parameters<typeof encodeLines>[0], size = 1_000): string =>
    Buffer.concat(Array.from(encodeLines(records, Buffer.alloc(size)), piece => Buffer.from(piece))).toString()

  test("are the text forms of values, as Java's toString gives them; bytes as they are", () => {
    const struct = schema.struct({ a: schema.int32(), b: schema.string({ optional: true }) })
    const records = [
      sinkRecord('ä', 0),
      sinkRecord(null, 1),
      sinkRecord(Buffer.from('bytes'), 2),
      sinkRecord({ x: [1, true] }, 3),
      { ...sinkRecord({ a: 1, b: null }, 4), valueSchema: struct },
    ]
    expect(encode(records)).toBe('ä\nnull\nbytes\n{x=[1, true]}\nStruct{a=1}\n')
  })

  test('lone surrogates do no harm', () => {
    expect(encode([sinkRecord('a\uD800b', 0), sinkRecord('next', 1)])).toBe('a\uFFFDb\nnext\n')
  })

  test('are the same however long the buffer is', () => {
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(value), fc.integer({ min: 1, max: 100 }), (all, size) => {
        const expected = Buffer.concat(all.map(each => Buffer.concat([Buffer.from(each as string), Buffer.from('\n')])))
        expect(
          encode(
            all.map((each, index) => sinkRecord(each, index)),
            size,
          ),
        ).toBe(expected.toString())
      }),
    )
  })
})
