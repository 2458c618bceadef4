import { expect, test } from 'vitest'
import { readControlRecord } from '../../src/codec/index.js'

test.each([
  [0, 'abort'],
  [1, 'commit'],
] as const)('type %d says that a transaction ended with %s', (code, type) => {
  const value = Buffer.from([0, 0, 0, 0, 1, 2, 9])
  expect(readControlRecord(Buffer.from([0, 0, 0, code]), value)).toEqual({ type, coordinatorEpoch: 258 })
})

test('other types are for brokers, and known by their code', () => {
  expect(readControlRecord(Buffer.from([0, 0, 0, 2]), null)).toEqual({ type: 'other', code: 2 })
})

test.each<[string, Uint8Array | null, Uint8Array | null]>([
  ['no key', null, Buffer.alloc(6)],
  ['a short key', Buffer.alloc(3), Buffer.alloc(6)],
  ['a negative version', Buffer.from([255, 255, 0, 1]), Buffer.alloc(6)],
  ['no value', Buffer.alloc(4), null],
  ['a short value', Buffer.alloc(4), Buffer.alloc(5)],
])('a control record with %s is corrupt', (_, key, value) => {
  expect(() => readControlRecord(key, value)).toThrow(expect.objectContaining({ code: 'codec.batch_corrupt' }))
})
