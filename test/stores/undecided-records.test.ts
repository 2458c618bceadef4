import { expect, test } from 'vitest'
import type { BatchHeader } from '../../src/codec/index.js'
import { UndecidedRecords } from '../../src/stores/undecided-records.js'

const of = (producerId: number) => ({ producerId }) as BatchHeader
const record = (offset: number, key: string, partition = 0) => ({
  partition,
  offset,
  key,
  value: `${offset}`,
  mark: null,
})

test('a transaction that is open for long holds the newest record of each key, in the order of the log (I6)', () => {
  const undecided = new UndecidedRecords()
  for (let offset = 0; offset < 10_000; offset++) undecided.add(of(7), record(offset, `key ${offset % 3}`))
  undecided.add(of(7), record(10_000, 'key 1'))
  undecided.add(of(7), record(4, 'key 0', 1))
  undecided.add(of(8), record(10_001, 'key 0'))
  expect(undecided.take(0, of(7)).map(({ offset, key }) => [offset, key])).toEqual([
    [9_998, 'key 2'],
    [9_999, 'key 0'],
    [10_000, 'key 1'],
  ])
  expect(undecided.take(0, of(7))).toEqual([])
  expect([undecided.take(1, of(7)), undecided.take(0, of(8))].map(({ length }) => length)).toEqual([1, 1])
})
