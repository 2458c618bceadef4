import { expect, test } from 'vitest'
import { latencyBuckets } from '../../src/pipeline/latency.js'
import { isStalled } from '../../src/pipeline/stalled.js'
import type { SinkTask, SourceContext } from '../../src/plugin/index.js'
import type { OffsetMap } from '../../src/core/offset.js'
import { retry } from '../../src/plugin/index.js'
import { Bench, hanging, line, sinkOf, sourceOf } from './fixture.js'

const texts = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `v${from + i}`)
const lagOf = (bench: Bench) => {
  const { lag, 'lag-oldest-at': oldestAt } = bench.metrics
  return { records: lag, ms: oldestAt === 0 ? 0 : bench.clock.wallTime() - oldestAt }
}
const latencies = (bench: Bench) => {
  const { metrics } = bench
  const counts = latencyBuckets.map(cell => metrics[cell])
  return {
    counts: Object.fromEntries(latencyBuckets.flatMap((cell, i) => (counts[i] ? [[cell, counts[i]]] : []))),
    sumMs: metrics['latency-sum-ms'],
  }
}

/** A sink whose put waits until it is let go on. */
function slow(): { readonly open: () => SinkTask; got: number; gate: ReturnType<typeof hanging> } {
  const sink = {
    got: 0,
    gate: hanging(),
    open: (): SinkTask => ({
      put: async records => {
        await sink.gate.promise
        sink.got += records.length
      },
    }),
  }
  return sink
}

test("a sink's lag is unknown before it reads, counts what is at hand and behind it, and ages while a put hangs", async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  await bench.clock.advance(1_000)
  await bench.produce('t', texts(3, 5))
  const sink = slow()
  const running = bench.sink(sinkOf(sink.open, { consumer: { 'max.poll.records': '3' } }))
  expect(lagOf(bench)).toEqual({ records: NaN, ms: NaN })
  await bench.clock.advance(500)
  expect(lagOf(bench)).toEqual({ records: 5, ms: 1_500 })
  await bench.clock.advance(60_000)
  expect(lagOf(bench)).toEqual({ records: 5, ms: 61_500 })
  // What comes meanwhile is seen as well, though nothing is read.
  await bench.produce('t', texts(5, 9))
  await bench.clock.advance(5_000)
  expect(lagOf(bench).records).toBe(9)
  sink.gate.end()
  await bench.clock.settle()
  expect([sink.got, lagOf(bench)]).toEqual([9, { records: 0, ms: 0 }])
  await running.drain()
})

test('between two lists the lag is as old as what was delivered last, and not as old as what was idle before', async () => {
  const bench = new Bench()
  const sink = slow()
  await bench.produce('t', texts(0, 1))
  const running = bench.sink(sinkOf(sink.open))
  sink.gate.end()
  await bench.clock.advance(3_600_000)
  expect(lagOf(bench)).toEqual({ records: 0, ms: 0 })
  sink.gate = hanging()
  await bench.produce('t', texts(1, 2))
  await bench.clock.advance(7_000)
  expect(lagOf(bench)).toEqual({ records: 1, ms: 7_000 })
  sink.gate.end()
  await running.drain()
})

test('a paused sink lags as what it does not read comes, and is not stalled by that, also right after it goes on', async () => {
  const bench = new Bench()
  const sink = slow()
  sink.gate.end()
  await bench.produce('t', texts(0, 1))
  const running = bench.sink(sinkOf(sink.open))
  await bench.clock.settle()
  running.loop.pause()
  await bench.clock.settle()
  await bench.produce('t', texts(1, 4))
  await bench.clock.advance(120_000)
  expect(lagOf(bench).records).toBe(3)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(false)
  sink.gate = hanging()
  running.loop.resume()
  await bench.clock.settle()
  expect(bench.metrics['paused-since']).toBe(0)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(false)
  await bench.clock.advance(61_000)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(true)
  sink.gate.end()
  await running.drain()
})

test('a try that takes its time after a long outage is not taken for standing still', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 1))
  const gate = hanging()
  let tries = 0
  const put = async (): Promise<void> => {
    if (++tries === 2) await gate.promise
    throw retry('away', { after: 120_000 })
  }
  const running = bench.sink(sinkOf(() => ({ put })))
  await bench.clock.advance(121_000)
  expect([tries, bench.metrics['retrying-since']]).toEqual([2, 0])
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(false)
  gate.end()
  await running.drain()
})

test('a sink that only drops what it reads moves on, and is not stalled', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 20))
  const drop = { alias: 'drop', className: 'test.Drop', apply: () => null }
  const running = bench.sink(sinkOf(() => ({ put: async () => undefined }), { transforms: [drop] }))
  await bench.clock.advance(10)
  expect(bench.metrics['last-progress-at']).toBeGreaterThan(0)
  expect(lagOf(bench)).toEqual({ records: 0, ms: 0 })
  await running.drain()
})

test('a partition that the plugin has paused counts, but is no reason to move', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2), 2, 0)
  await bench.produce('t', texts(0, 3), 2, 1)
  const running = bench.sink(
    sinkOf(context => ({
      assigned: () => context.pause([{ topic: 't', partition: 1 }]),
      put: async () => undefined,
    })),
  )
  await bench.clock.advance(70_000)
  expect(lagOf(bench).records).toBe(3)
  expect(bench.metrics['lag-since']).toBe(0)
  await running.drain()
})

test('the latency of a sink is from the timestamp to the end of the put', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  await bench.clock.advance(20_000)
  await bench.produce('t', texts(2, 3))
  const sink = slow()
  const running = bench.sink(sinkOf(sink.open))
  await bench.clock.advance(400)
  sink.gate.end()
  await bench.clock.settle()
  expect(latencies(bench)).toEqual({ counts: { 'latency-to-500': 1, 'latency-to-30000': 2 }, sumMs: 400 + 2 * 20_400 })
  await running.drain()
})

const read = (
  body: (context: SourceContext<object, unknown, OffsetMap, OffsetMap>) => void,
  ...yields: ReturnType<typeof line>[][]
) =>
  async function* (context: SourceContext<object, unknown, OffsetMap, OffsetMap>) {
    body(context)
    for (const records of yields) yield records
    await new Promise(resolve => context.signal.addEventListener('abort', resolve))
  }

test('the latency of a source is from its timestamp, or else its reading, until it is durable', async () => {
  const gate = hanging()
  const bench = new Bench({ fault: { append: (_, id) => (id.includes('producer') ? gate.promise : undefined) } })
  const old = bench.clock.wallTime() - 8_000
  const running = await bench.source(sourceOf(read(() => undefined, [line(0), line(1), line(2, { timestamp: old })])))
  await bench.clock.advance(40)
  expect(latencies(bench)).toEqual({ counts: {}, sumMs: 0 })
  gate.end()
  await bench.clock.settle()
  expect(latencies(bench)).toEqual({ counts: { 'latency-to-50': 2, 'latency-to-10000': 1 }, sumMs: 80 + 8_040 })
  await running.drain()
})

test.each([
  ['nothing', undefined, { records: NaN, ms: NaN }],
  ['a number', 7, { records: 7, ms: NaN }],
  ['that nothing waits', 0, { records: 0, ms: 0 }],
  ['a time', { ms: 4_000 }, { records: NaN, ms: 4_000 }],
  ['both', { records: 3, ms: 2_000 }, { records: 3, ms: 2_000 }],
] as const)("a source's lag is its own word: %s", async (_, answer, lag) => {
  const bench = new Bench()
  const running = await bench.source(sourceOf(read(({ onLag }) => onLag(() => answer), [line(0)])))
  await bench.clock.advance(5_000)
  expect(lagOf(bench)).toEqual(lag)
  await running.drain()
})

test('what an outside system keeps for a source is its own word too, and is no reason to move', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(read(({ onLag }) => onLag(() => ({ records: 0, bytes: 1_024 })), [line(0)])),
  )
  expect(bench.metrics['lag-bytes']).toBeNaN()
  await bench.clock.advance(5_000)
  expect([bench.metrics['lag-bytes'], bench.metrics['lag-since']]).toEqual([1_024, 0])
  await running.drain()
})

test("the time of a source's lag comes from the timestamps of records that have their own", async () => {
  const bench = new Bench()
  const at = bench.clock.wallTime() - 90_000
  const running = await bench.source(
    sourceOf(read(({ onLag }) => onLag(() => 7), [line(0, { timestamp: at - 5 }), line(1, { timestamp: at })])),
  )
  await bench.clock.advance(5_000)
  expect(lagOf(bench)).toEqual({ records: 7, ms: 95_000 })
  await running.drain()
})
