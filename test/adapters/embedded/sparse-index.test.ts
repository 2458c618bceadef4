import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SparseIndex } from '../../../src/adapters/embedded/sparse-index.js'

const batches = fc.array(
  fc.record({ offsets: fc.integer({ min: 1, max: 50 }), bytes: fc.integer({ min: 61, max: 60_000 }) }),
  {
    maxLength: 60,
  },
)

test('an index leads to a batch at or before an offset and near it, also when it was kept', () => {
  fc.assert(
    fc.property(batches, fc.nat(3000), (list, wanted) => {
      const index = new SparseIndex()
      const starts: { offset: number; position: number }[] = []
      let offset = 0
      let position = 0
      for (const { offsets, bytes } of list) {
        starts.push({ offset, position })
        index.add(offset, bytes)
        offset += offsets
        position += bytes
      }
      const kept = SparseIndex.decode(index.encode(), position)!
      expect(kept.covered).toBe(position)
      for (const one of [index, kept]) {
        const found = starts.find(start => start.position === one.floor(wanted)) ?? { offset: 0, position: 0 }
        const exact = starts.findLast(start => start.offset <= wanted) ?? { offset: 0, position: 0 }
        expect(found.offset).toBeLessThanOrEqual(wanted)
        expect(exact.position - found.position).toBeLessThan(32 * 1024 + 60_000)
      }
    }),
  )
})

test('bytes that are no index of the segment are not taken for one', () => {
  const index = new SparseIndex()
  index.add(0, 1000)
  const bytes = index.encode()
  expect(SparseIndex.decode(bytes, 1000)).toBeDefined()
  expect(SparseIndex.decode(bytes, 999)).toBeUndefined()
  expect(SparseIndex.decode(bytes.subarray(0, -1), 1000)).toBeUndefined()
  expect(SparseIndex.decode(Buffer.alloc(0), 1000)).toBeUndefined()
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1
    expect(SparseIndex.decode(flipped, 1000)).toBeUndefined()
  }
})
