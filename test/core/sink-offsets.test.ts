import { expect, test } from 'vitest'
import { parseSinkOffsets } from '../../src/core/api/sink-offsets.js'
import type { OffsetMap } from '../../src/core/offset.js'

const at = (topic: OffsetMap[string], partition: OffsetMap[string]): OffsetMap => ({
  kafka_topic: topic,
  kafka_partition: partition,
})
const refused = (partition: OffsetMap, offset: OffsetMap | null): unknown => {
  try {
    return parseSinkOffsets([{ partition, offset }])
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('integers may be written as text; null forgets; of a partition named twice the last counts', () => {
  expect(
    parseSinkOffsets([
      { partition: at('t', '3'), offset: { kafka_offset: 1 } },
      { partition: at('t', 0), offset: null },
      { partition: at('t', 3), offset: { kafka_offset: '+07' } },
    ]),
  ).toEqual([
    { topic: 't', partition: 3, offset: 7 },
    { topic: 't', partition: 0, offset: null },
  ])
})

test.each([
  ['a', 1],
  ['', 1],
  ['1.0', 1],
  [2 ** 31, 1],
  [-1, 1],
  [true, 1],
  [0, 'x'],
  [0, 1.5],
  [0, -1],
  [0, null],
  [0, 2n ** 63n],
  [0, '9007199254740993'],
])('partition %s with offset %s is refused', (partition, offset) => {
  expect(refused(at('t', partition), { kafka_offset: offset })).toBe('offsets.invalid')
})

test('a key that an object has by itself is not there', () => {
  expect(refused({}, null)).toBe('offsets.invalid')
  expect(refused(at('t', 0), {})).toBe('offsets.invalid')
})
