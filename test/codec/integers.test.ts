import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readInt64, varintWidth, writeInt64, writeVarint, writeVarlong } from '../../src/codec/integers.js'

const edges = [0, 1, 63, 64, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52, 2 ** 53 - 1].flatMap(n => [
  n,
  -n,
  -n - 1,
])
const safe = fc.oneof(fc.constantFrom(...edges.filter(Number.isSafeInteger)), fc.maxSafeInteger())

/** The same in arbitrary precision: zigzag in 64 bits, then seven bits a byte. */
function reference(value: number): number[] {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

describe('64-bit integers', () => {
  test('are written and read as BigInt does', () => {
    fc.assert(
      fc.property(safe, value => {
        const bytes = Buffer.alloc(8)
        writeInt64(bytes, 0, value)
        expect(bytes.readBigInt64BE()).toBe(BigInt(value))
        expect(readInt64(bytes, 0)).toBe(value === 0 ? 0 : value)
      }),
      { numRuns: 2000 },
    )
  })

  test('beyond ±2^53 are read as the nearest number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigInt64BE(value)
        expect(readInt64(bytes, 0)).toBe(Number(value))
      }),
    )
  })

  test('of variable length are written zigzag', () => {
    fc.assert(
      fc.property(safe, value => {
        const bytes = new Uint8Array(12)
        const end = writeVarlong(bytes, 1, value)
        expect([...bytes.subarray(1, end)]).toEqual(reference(value))
      }),
      { numRuns: 2000 },
    )
  })
})

test('32-bit integers of variable length are written zigzag', () => {
  fc.assert(
    fc.property(fc.integer(), value => {
      const bytes = new Uint8Array(8)
      const end = writeVarint(bytes, 0, value)
      expect([...bytes.subarray(0, end)]).toEqual(reference(value))
    }),
    { numRuns: 1000 },
  )
})

test('the width of a length is what writing it takes', () => {
  const bytes = new Uint8Array(8)
  for (let bits = 0; bits < 30; bits++) {
    for (const length of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
      expect(varintWidth(length)).toBe(writeVarint(bytes, 0, length))
    }
  }
})
