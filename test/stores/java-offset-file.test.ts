import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJavaOffsetFile } from '../../src/stores/java-offset-file.js'

const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/java-offsets/${name}.offsets`, import.meta.url)))

const asText = (bytes: Buffer): Record<string, string | null> =>
  Object.fromEntries(readJavaOffsetFile(bytes).map(({ key, value }) => [String(key), value && String(value)]))

test('an empty file and an empty map hold no offsets', () => {
  expect(readJavaOffsetFile(Buffer.alloc(0))).toEqual([])
  expect(readJavaOffsetFile(fixture('none'))).toEqual([])
})

test('what Java wrote is read as it is: resets, null keys and text beyond ASCII included', () => {
  expect(asText(fixture('several'))).toEqual({
    '["read-log",{"filename":"/var/log/syslog"}]': '{"position":4711}',
    '["read-log",{"filename":"/var/log/gone"}]': null,
    '["größe",{"table":"t","shard":3}]': '{"lsn":9007199254740993,"snapshot":true}',
    null: '{"orphan":1}',
  })
})

test('an array that Java wrote once and named by its handle after that is read every time', () => {
  const all = asText(fixture('many'))
  expect(Object.keys(all)).toHaveLength(1000)
  for (let i = 0; i < 1000; i++) expect(all[`["many",{"file":${i}}]`]).toBe(`{"position":${i % 2 === 0 ? 0 : i}}`)
})

test('a file cut short anywhere is refused', () => {
  const whole = fixture('several')
  for (let length = 1; length < whole.length; length++)
    expect(() => readJavaOffsetFile(whole.subarray(0, length)), `${length} bytes`).toThrow(
      expect.objectContaining({ code: 'offsets.file_corrupt' }),
    )
})

test('foreign bytes are refused, and damage never ends otherwise', () => {
  expect(() => readJavaOffsetFile(Buffer.from('a diary'))).toThrow(/At byte 0 there should be a Java object stream/)
  const whole = fixture('several')
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const damaged = Buffer.from(whole)
      damaged[at] = byte
      try {
        readJavaOffsetFile(damaged)
      } catch (error) {
        expect(error).toMatchObject({ code: 'offsets.file_corrupt' })
      }
    }),
  )
})
