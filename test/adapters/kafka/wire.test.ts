import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireReader } from '../../../src/adapters/kafka/protocol/wire-reader.js'
import { WireWriter } from '../../../src/adapters/kafka/protocol/wire-writer.js'

const fields = fc.record({
  byte: fc.integer({ min: -128, max: 127 }),
  short: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  long: fc.maxSafeInteger(),
  flag: fc.boolean(),
  text: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 })),
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  bytes: fc.uint8Array({ maxLength: 2_000 }),
  list: fc.array(fc.string({ maxLength: 5 }), { maxLength: 200 }),
})

test.each([true, false])('what is written is read, flexible: %s', flexible => {
  fc.assert(
    fc.property(fields, value => {
      const writer = new WireWriter(flexible)
      writer.int8(value.byte)
      writer.int16(value.short)
      writer.int32(value.int)
      writer.int64(value.long)
      writer.boolean(value.flag)
      writer.string(value.text)
      writer.bytes(value.bytes)
      writer.uuid(value.id)
      writer.array(value.list, item => {
        writer.string(item)
        writer.end()
      })
      writer.array(null, () => undefined)
      writer.end()
      const reader = new WireReader(Buffer.concat(writer.finish()), flexible)
      const read = {
        byte: reader.int8(),
        short: reader.int16(),
        int: reader.int32(),
        long: reader.int64(),
        flag: reader.boolean(),
        text: reader.nullableString(),
        bytes: new Uint8Array(reader.bytes()),
        id: new Uint8Array(reader.uuid()),
        list: reader.array(() => {
          const item = reader.string()
          reader.end()
          return item
        }),
      }
      expect(read).toEqual({ ...value, long: value.long === 0 ? 0 : value.long })
      expect(reader.array(() => 1)).toEqual([])
      reader.end()
      expect(() => reader.int8()).toThrow(RangeError)
    }),
  )
})

test('strings and lengths are as the protocol has them', () => {
  const plain = new WireWriter(false)
  plain.string('ab')
  plain.string(null)
  plain.array([1], item => plain.int8(item))
  expect(Buffer.concat(plain.finish()).toString('hex')).toBe('00026162ffff0000000101')
  const flexible = new WireWriter(true)
  flexible.string('ab')
  flexible.string(null)
  flexible.bytes(new Uint8Array(300))
  expect(Buffer.concat(flexible.finish()).subarray(0, 6).toString('hex')).toBe('03616200ad02')
})

test('tagged fields that nobody reads are skipped', () => {
  // Two fields: tag 0 with an int32, tag 9 with two bytes; then a byte that belongs to what follows.
  const reader = new WireReader(Buffer.from('0200040000002a0902ffff07', 'hex'), true)
  const seen: number[] = []
  reader.end((tag, field) => {
    if (tag === 0) seen.push(field.int32())
  })
  expect(seen).toEqual([42])
  expect(reader.int8()).toBe(7)
})
