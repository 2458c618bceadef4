import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latencyBoundsMs, latencyBucket, latencyBuckets, latencyQuantile } from '../../src/pipeline/latency.js'
import { RecordAges } from '../../src/pipeline/record-ages.js'

const counted = (...latencies: number[]): number[] => {
  const counts = latencyBuckets.map(() => 0)
  for (const latency of latencies) counts[latencyBucket(latency)]!++
  return counts
}

test('a bucket holds what is above the bound before it, up to its own; the last holds the rest', () => {
  expect([0, 5, 5.1, 10, 3_600_000, 3_600_001, Infinity].map(latencyBucket)).toEqual([0, 0, 1, 1, 14, 15, 15])
  expect(latencyBuckets).toHaveLength(latencyBoundsMs.length + 1)
})

test('a quantile lies within its bucket, by how much of it is below; beyond the last bound it is that bound', () => {
  expect(latencyQuantile(counted(), 0.5)).toBeUndefined()
  expect(latencyQuantile(counted(7, 7, 7, 7), 0.5)).toBe(7.5)
  expect(latencyQuantile(counted(...Array(99).fill(20), 700), 0.99)).toBe(25)
  expect(latencyQuantile(counted(...Array(98).fill(20), 700, 700), 0.99)).toBe(750)
  expect(latencyQuantile(counted(1, 1e9, 1e9), 0.99)).toBe(3_600_000)
})

test('the ages of a unit keep every record and the sum of timestamps, and its newest', () => {
  const record = fc.record({
    age: fc.integer({ min: -1_000, max: 10_000_000 }),
    readAt: fc.integer({ min: 0, max: 2_000 }),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), records => {
      const ages = new RecordAges()
      const epoch = 1_790_000_000_000
      const all = records.map(({ age, readAt }) => ({ timestamp: epoch + readAt - age, readAt: epoch + readAt }))
      for (const { timestamp, readAt } of all) ages.add(timestamp, readAt)
      const { classes, newest } = ages.take()
      expect(classes.reduce((sum, of) => sum + of.records, 0)).toBe(all.length)
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
      const latency = classes.reduce((sum, of) => sum + of.records * (epoch - of.timestamp), 0) / all.length
      expect(latency).toBeCloseTo(mean(all.map(({ timestamp }) => epoch - timestamp)), 1)
      expect(newest?.timestamp).toBe(Math.max(...all.map(({ timestamp }) => timestamp)))
      // Each class is told by one timestamp: it must count in the bucket that its records count in.
      const seen = all.map(({ timestamp, readAt }) => latencyBucket(readAt - timestamp))
      expect(classes.map(of => of.records)).toEqual(
        latencyBuckets.map((_, bucket) => seen.filter(of => of === bucket).length).filter(count => count > 0),
      )
      expect(ages.take()).toEqual({ classes: [] })
    }),
  )
})
