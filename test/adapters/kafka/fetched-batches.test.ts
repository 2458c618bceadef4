import { expect, test } from 'vitest'
import { FetchedBatches } from '../../../src/adapters/kafka/fetched-batches.js'
import { BatchBuilder, patchBaseOffset } from '../../../src/codec/index.js'
import type { FetchedChunk } from '../../../src/ports/log.js'
import { recordsOf } from '../../contracts/log-fixture.js'

const partition = { topic: 't', partition: 0 }

interface Producer {
  readonly producerId: number
  readonly transactional?: boolean
}

function batch(base: number, values: readonly string[], producer: Producer = { producerId: -1 }): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(1, null, value, undefined)
  return placed(builder.finish(producer), base)
}

/** The end of a producer's transaction, as a broker writes it. */
function marker(base: number, producerId: number, type: 'commit' | 'abort'): Buffer {
  const builder = new BatchBuilder()
  builder.append(1, Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]), Buffer.alloc(6), undefined)
  return placed(builder.finish({ producerId, producerEpoch: 0, transactional: true, control: true }), base)
}

function placed(bytes: Uint8Array, base: number): Buffer {
  patchBaseOffset(bytes, 0, base, 7)
  return Buffer.from(bytes)
}

function open(
  parts: readonly Buffer[],
  position = 0,
  aborted: { producerId: number; firstOffset: number }[] = [],
  markers = false,
) {
  const bytes = Buffer.concat(parts)
  return new FetchedBatches(partition, { bytes, position, end: 99, aborted, checkCrcs: true, markers })
}

function takeAll(fetched: FetchedBatches, maxBytes = 1 << 20): FetchedChunk[] {
  const chunks: FetchedChunk[] = []
  for (let chunk = fetched.take(maxBytes); chunk !== undefined; chunk = fetched.take(maxBytes)) chunks.push(chunk)
  return chunks
}

const valuesOf = (chunks: readonly FetchedChunk[]): string[] => chunks.flatMap(recordsOf).map(({ value }) => value)

test('batches are handed out whole, about as many bytes as asked for, one at the least', () => {
  const parts = [batch(0, ['a', 'b']), batch(2, ['c']), batch(3, ['d'])]
  const [chunk, ...more] = takeAll(open(parts))
  expect(chunk).toMatchObject({ position: 0, next: 4, end: 99 })
  expect(more).toEqual([])
  const small = takeAll(open(parts), 1)
  expect(small.map(({ position, next }) => [position, next])).toEqual([
    [0, 2],
    [2, 3],
    [3, 4],
  ])
  expect(valuesOf(small)).toEqual(['a', 'b', 'c', 'd'])
})

test('what is below the position, or cut off at the end, is not handed out; the epoch is the last batch’s', () => {
  const fetched = open([batch(0, ['a']), batch(1, ['b', 'c']), batch(3, ['d']).subarray(0, 65)], 2)
  const chunks = takeAll(fetched)
  expect(valuesOf(chunks)).toEqual(['c'])
  expect(chunks).toMatchObject([{ position: 2, next: 3 }])
  expect(fetched.epoch).toBe(7)
  expect(fetched.isEmpty).toBe(true)
})

test('markers are left out, and the positions go past them', () => {
  const writer = { producerId: 5, transactional: true }
  const chunks = takeAll(
    open([batch(0, ['a'], writer), marker(1, 5, 'commit'), batch(2, ['b']), marker(3, 6, 'abort')]),
  )
  expect(valuesOf(chunks)).toEqual(['a', 'b'])
  expect(chunks.map(({ position, next }) => [position, next])).toEqual([
    [0, 2],
    [2, 4],
  ])
  const [alone] = takeAll(open([marker(0, 5, 'commit')]))
  expect(alone).toMatchObject({ position: 0, next: 1 })
  expect(alone!.bytes).toHaveLength(0)
})

test('undone transactions are left out: only of their producer, only up to their marker', () => {
  const five = { producerId: 5, transactional: true }
  const six = { producerId: 6, transactional: true }
  const parts = [
    batch(0, ['five undone'], five),
    batch(1, ['six kept'], six),
    batch(2, ['plain of five'], { producerId: 5 }),
    batch(3, ['five undone'], five),
    marker(4, 5, 'abort'),
    batch(5, ['five kept'], five),
    marker(6, 6, 'commit'),
    marker(7, 5, 'commit'),
    batch(8, ['five undone again'], five),
    batch(9, ['six undone'], six),
    marker(10, 6, 'abort'),
    marker(11, 5, 'abort'),
    batch(12, ['end'], six),
  ]
  const aborted = [
    { producerId: 5, firstOffset: 0 },
    { producerId: 5, firstOffset: 8 },
    { producerId: 6, firstOffset: 9 },
  ]
  for (const maxBytes of [1, 200, 1 << 20]) {
    const chunks = takeAll(open(parts, 0, aborted), maxBytes)
    expect(valuesOf(chunks)).toEqual(['six kept', 'plain of five', 'five kept', 'end'])
    expect(chunks.at(-1)).toMatchObject({ next: 13 })
  }
})

test('a transaction that began before the position is left out all the same', () => {
  const five = { producerId: 5, transactional: true }
  const parts = [batch(4, ['undone'], five), marker(5, 5, 'abort'), batch(6, ['kept'], five)]
  expect(valuesOf(takeAll(open(parts, 4, [{ producerId: 5, firstOffset: 1 }])))).toEqual(['kept'])
})

test('what is before damage is handed out, then it fails where it is', () => {
  const damaged = batch(1, ['b'])
  damaged[damaged.length - 1]! ^= 1
  const fetched = open([batch(0, ['a']), damaged, batch(2, ['c'])])
  expect(valuesOf([fetched.take(1 << 20)!])).toEqual(['a'])
  expect(fetched.isEmpty).toBe(false)
  expect(() => fetched.take(1 << 20)).toThrow(expect.objectContaining({ code: 'log.corrupt' }))
  expect(fetched.position).toBe(1)
})

test('who asks for the markers of transactions is given them in their places', () => {
  const parts = [marker(0, 5, 'commit'), marker(1, 6, 'abort')]
  expect(open(parts).take(1_000)).toMatchObject({ bytes: Buffer.alloc(0), next: 2 })
  expect(open(parts, 0, [], true).take(1_000)).toMatchObject({ bytes: Buffer.concat(parts), next: 2 })
})
