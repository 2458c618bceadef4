import { expect, test } from 'vitest'
import { TaskReadings } from '../../actors/metrics/task-readings.js'
import { WorkFigures } from '../../actors/work-figures.js'
import { TaskMetrics, taskMetricCells } from '../../src/pipeline/task-metrics.js'
import { ManualClock } from '../../src/testkit/manual-clock.js'

const id = { connector: 'c', task: 0 }

function running() {
  const clock = new ManualClock()
  const figures = new WorkFigures(clock)
  const cells = new Float64Array(taskMetricCells)
  figures.begin({ id, cells, threadName: 'tasks-1', dedicated: false })
  const metrics = new TaskMetrics(cells, clock)
  return {
    metrics,
    figures,
    read: () => new TaskReadings(figures.of(id)!, clock.now()),
    /** As the node does: a look each second. */
    async pass(seconds: number, each = (): void => undefined): Promise<void> {
      for (let i = 0; i < seconds; i++) {
        each()
        await clock.advance(1_000)
        metrics.roll()
        figures.roll()
      }
    },
  }
}

test('a rate is over the last 30 to 60 seconds, and a young task shows no peak', async () => {
  const { metrics, read, pass } = running()
  const write = (): void => metrics.add('source-record-write-total', 10)
  write()
  expect(read().rate('source-record-write-total')).toBe(10 / 30)
  await pass(120, write)
  expect(read().rate('source-record-write-total')).toBeCloseTo(10)
  await pass(29)
  expect(read().rate('source-record-write-total')).toBeGreaterThan(0)
  await pass(61)
  expect(read().rate('source-record-write-total')).toBe(0)
  expect(read().now('source-record-write-total')).toBe(1_210)
})

test('averages and maxima forget what is past, and are NaN where there was nothing', async () => {
  const { metrics, read, pass } = running()
  const seen = () => [read().average('put-batch-time-ms'), read().greatest('put-batch-time-ms')]
  expect(seen()).toEqual([NaN, NaN])
  metrics.sample('put-batch-time-ms', 10)
  metrics.sample('put-batch-time-ms', 30)
  expect(seen()).toEqual([20, 30])
  await pass(90)
  expect(seen()).toEqual([NaN, NaN])
  metrics.sample('put-batch-time-ms', 4)
  expect(seen()).toEqual([4, 4])
})

test('shares add up to one, and are none where there was nothing', () => {
  const { metrics, read } = running()
  const shares = () => [
    read().share('offset-commit-success-total', 'offset-commit-failure-total'),
    read().share('offset-commit-failure-total', 'offset-commit-success-total'),
  ]
  expect(shares()).toEqual([0, 0])
  metrics.add('offset-commit-success-total', 3)
  metrics.add('offset-commit-failure-total', 1)
  expect(shares()).toEqual([0.75, 0.25])
})

test('records of ended lives stay counted, and a new life begins at nothing', () => {
  const { metrics, figures } = running()
  metrics.add('source-record-write-total', 7)
  figures.begin({ id, cells: new Float64Array(taskMetricCells), threadName: 'tasks-2', dedicated: false })
  expect(figures.records).toBe(7)
  figures.end(id)
  expect([figures.of(id), figures.lives().length, figures.records]).toEqual([undefined, 0, 7])
})
