import { expect, test } from 'vitest'
import { commitMicros, geometriesAsBlobs } from '../src/event-packets.js'

const at = 1_795_794_479_220_123

/** A packet with one event: the protocol's byte, a header, the number of a transaction, places in the order of commits, and times. */
function packet(type: number, ...times: readonly (readonly [micros: number, moreFollows: boolean])[]): Buffer {
  const head = Buffer.alloc(1 + 19 + 42)
  head[5] = type
  const stored = times.map(([micros, moreFollows]) => {
    const bytes = Buffer.alloc(7)
    bytes.writeUIntLE(micros % 2 ** 48, 0, 6)
    bytes[6] = Math.floor(micros / 2 ** 48) | (moreFollows ? 0x80 : 0)
    return bytes
  })
  return Buffer.concat([head, ...stored])
}

test('a transaction has the time of its commit, to the microsecond', () => {
  expect(commitMicros(packet(33, [at, false]))).toBe(at)
})

test('on a replica it is that of where it was made', () => {
  expect(commitMicros(packet(33, [at + 5_000_000, true], [at, false]))).toBe(at)
})

test('an event that is of another type, or says no time, has none', () => {
  expect(commitMicros(packet(2, [at, false]))).toBeUndefined()
  expect(commitMicros(packet(33))).toBeUndefined()
  expect(commitMicros(packet(33, [0, false]))).toBeUndefined()
  expect(commitMicros(Buffer.alloc(3))).toBeUndefined()
})

test('geometries of a table are told and become blobs, in a short table and in a long one', () => {
  const head = Buffer.alloc(1 + 19 + 8)
  head[5] = 19
  const names = Buffer.from('\u0004shop\0\u0006places\0')
  const long = Array.from({ length: 300 }, (_, at) => (at === 299 ? 255 : 3))
  const short = Buffer.concat([head, names, Buffer.from([4, 3, 255, 15, 255, 9])])
  expect(geometriesAsBlobs(short)).toEqual([1, 3])
  expect([...short.subarray(-6)]).toEqual([4, 3, 252, 15, 252, 9])
  expect(geometriesAsBlobs(Buffer.concat([head, names, Buffer.from([0xfc, 44, 1, ...long])]))).toEqual([299])
  expect(geometriesAsBlobs(packet(33, [at, false]))).toBeUndefined()
})
