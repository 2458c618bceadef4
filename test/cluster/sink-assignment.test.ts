import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitionKey } from '../../src/core/offset.js'
import { sinkPartitions } from '../../src/cluster/sink-assignment.js'

const topics = fc
  .array(fc.nat({ max: 12 }), { maxLength: 6 })
  .map(counts => counts.map((partitions, index) => ({ topic: `t${index}`, partitions, index })))

test('every partition has one task, and tasks differ by one per topic at most', () => {
  fc.assert(
    fc.property(topics, fc.integer({ min: 1, max: 8 }), (of, taskCount) => {
      const shares = Array.from({ length: taskCount }, (_, task) => sinkPartitions(of, task, taskCount))
      const all = of.flatMap(({ topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => partitionKey({ topic, partition })),
      )
      expect(shares.flat().map(partitionKey).toSorted()).toEqual(all.toSorted())
      for (const { topic } of of) {
        const counts = shares.map(share => share.filter(each => each.topic === topic).length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('more partitions and more topics only add to a task', () => {
  const before = sinkPartitions([{ topic: 'a', partitions: 3, index: 0 }], 1, 2)
  const after = sinkPartitions(
    [
      { topic: 'a', partitions: 7, index: 0 },
      { topic: 'b', partitions: 2, index: 1 },
    ],
    1,
    2,
  )
  expect(before).toEqual([{ topic: 'a', partition: 1 }])
  expect(after).toEqual([1, 3, 5].map(partition => ({ topic: 'a', partition })).concat({ topic: 'b', partition: 0 }))
})

test('one-partition topics are spread over the tasks by their place', () => {
  const of = [0, 1, 2].map(index => ({ topic: `t${index}`, partitions: 1, index }))
  expect([0, 1, 2].map(task => sinkPartitions(of, task, 3).map(({ topic }) => topic))).toEqual([['t0'], ['t1'], ['t2']])
})
