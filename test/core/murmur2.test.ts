import { expect, test } from 'vitest'
import { murmur2, partitionForKey } from '../../src/core/murmur2.js'

test('keys hash as in Java (values of Kafka’s own UtilsTest)', () => {
  for (const [text, hash] of [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ] as const)
    expect(murmur2(Buffer.from(text)), text).toBe(hash)
})

test('a key’s partition is never negative', () => {
  expect(partitionForKey(Buffer.from('21'), 10)).toBe((-973932308 & 0x7fffffff) % 10)
  expect(partitionForKey(Buffer.from('foobar'), 7)).toBe((-790332482 & 0x7fffffff) % 7)
})
