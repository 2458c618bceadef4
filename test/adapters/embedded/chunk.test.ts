import { expect, test } from 'vitest'
import { chooseBatches } from '../../../src/adapters/embedded/chunk.js'
import { BatchBuilder, patchBaseOffset } from '../../../src/codec/index.js'

/** A batch that takes `count` offsets from `base` on. */
function batch(base: number, count: number): Buffer {
  const builder = new BatchBuilder()
  for (let i = 0; i < count; i++) builder.append(0, null, `${base + i}`, undefined)
  const bytes = builder.finish()
  patchBaseOffset(bytes, 0, base, 0)
  return Buffer.from(bytes)
}

const corrupt = (position: number, cause: unknown): Error => new Error(`corrupt at ${position}`, { cause })
const [a, b, c] = [batch(0, 2), batch(2, 3), batch(9, 1)]
const all = Buffer.concat([a, b, c])
const wanted = { from: 0, end: 10, least: 0, maxBytes: 10_000 }
const choose = (bytes: Buffer, change: Partial<typeof wanted> = {}) =>
  chooseBatches(bytes, { ...wanted, ...change }, corrupt)

test('whole batches up to the end are chosen, over a gap that compaction left', () => {
  expect(choose(all)).toEqual({ bytes: all, consumed: all.length, next: 10, needed: 0 })
})

test('batches before the wanted offset are passed over, the one that holds it is not', () => {
  expect(choose(all, { from: 3 })).toMatchObject({ bytes: Buffer.concat([b, c]), consumed: all.length })
  expect(choose(all, { from: 5 })).toMatchObject({ bytes: c, next: 10 })
})

test('what is not committed is not looked at', () => {
  const torn = Buffer.concat([a, Buffer.alloc(200, 7)])
  expect(choose(torn, { end: 2 })).toEqual({ bytes: a, consumed: a.length, next: 2, needed: 0 })
})

test('a batch behind the end that was known shows that nothing is left before it', () => {
  expect(choose(c, { from: 5, least: 5, end: 7 })).toEqual({ bytes: Buffer.alloc(0), consumed: 0, next: 7, needed: 0 })
})

test('no more than maxBytes, but one batch', () => {
  expect(choose(all, { maxBytes: 1 })).toMatchObject({ bytes: a, next: 2, consumed: a.length })
  expect(choose(all, { maxBytes: a.length + b.length })).toMatchObject({ next: 5 })
  expect(choose(all, { maxBytes: a.length + b.length - 1 })).toMatchObject({ next: 2 })
})

test('a batch that is cut off says how many bytes it needs', () => {
  expect(choose(a.subarray(0, 30))).toMatchObject({ consumed: 0, needed: 61 })
  expect(choose(a.subarray(0, 62))).toMatchObject({ consumed: 0, needed: a.length })
  expect(choose(all.subarray(0, a.length + 61))).toMatchObject({ bytes: a, needed: b.length })
})

test('damage is told with its position', () => {
  const flipped = Buffer.from(all)
  flipped[a.length + 70]! ^= 1
  expect(() => choose(flipped)).toThrow(`corrupt at ${a.length}`)
  expect(() => choose(Buffer.concat([b, a]))).toThrow(`corrupt at ${b.length}`)
  expect(() => choose(Buffer.alloc(100))).toThrow('corrupt at 0')
})
