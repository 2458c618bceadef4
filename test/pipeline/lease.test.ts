import { expect, test } from 'vitest'
import { isStalled } from '../../src/pipeline/stalled.js'
import { taskTime } from '../../src/pipeline/task-metrics.js'
import { Bench, line, sinkOf, sinkValues, sourceOf, withLetters, lenient } from './fixture.js'

const endless = () =>
  sourceOf(async function* ({ sleep, signal, offsets }) {
    let at = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1)
    while (!signal.aborted) {
      yield [line(++at)]
      await sleep(100)
    }
  })

/** Everything that a side effect would change. */
const effects = async (bench: Bench) => ({
  records: (await bench.values('t')).length,
  committed: await bench.committed(),
})

for (const atomic of [true, false])
  test(`a source appends and commits nothing while the lease is over, and goes on when it runs again: ${atomic ? 'in one step' : 'apart'}`, async () => {
    const bench = new Bench({ atomic })
    const running = await bench.source(endless())
    await bench.clock.advance(1_000)
    bench.lease.lose()
    const before = await effects(bench)
    await bench.clock.advance(300_000)
    expect(await effects(bench)).toEqual(before)
    expect(bench.metrics['suspended-since']).toBeGreaterThan(0)
    bench.lease.renew()
    await bench.clock.advance(200)
    expect(bench.metrics['suspended-since']).toBe(0)
    expect((await effects(bench)).records).toBeGreaterThan(before.records)
    await running.drain()
    expect(running.end.error).toBeUndefined()
    const { records, committed } = await effects(bench)
    expect(await bench.values('t')).toEqual(Array.from({ length: records }, (_, i) => `v${i}`))
    expect(committed).toEqual({ position: records - 1 })
  })

test('I7: waiting for the lease is no standing still, nor is it right after', async () => {
  const bench = new Bench()
  const running = await bench.source(endless())
  await bench.clock.advance(500)
  bench.lease.lose()
  await bench.clock.advance(500_000)
  const stalled = () => isStalled(bench.metrics, taskTime(bench.cells, bench.clock), 60_000)
  expect(stalled()).toBe(false)
  bench.lease.renew()
  await bench.clock.settle()
  expect(bench.metrics['suspended-since']).toBe(0)
  expect(stalled()).toBe(false)
  await running.drain()
})

for (const kind of ['source', 'source apart', 'sink'] as const)
  test(`a ${kind} that is stopped while the lease is over ends at once, without side effects, even if the lease comes back meanwhile`, async () => {
    const bench = new Bench({ atomic: kind !== 'source apart' })
    await bench.produce('t', ['v0', 'v1', 'v2'])
    const touched: string[] = []
    let told = false
    const running =
      kind === 'sink'
        ? bench.sink(
            sinkOf(({ signal }) => ({
              put: async records => {
                touched.push(...sinkValues(records))
                bench.lease.lose()
                await new Promise(resolve => signal.addEventListener('abort', resolve))
                told = true
              },
              flush: () => void touched.push('flush'),
            })),
          )
        : await bench.source(endless())
    await bench.clock.advance(1_000)
    bench.lease.lose()
    await bench.clock.advance(1_000)
    const before = { ...(await effects(bench)), group: await bench.groupOffset(), touched: touched.length }
    const drained = running.loop.drain(60_000)
    await bench.clock.settle()
    bench.lease.renew()
    await bench.clock.advance(100)
    expect(running.end).toEqual({ done: true, error: undefined })
    await drained
    if (kind === 'sink') {
      // It was given its records before; what it holds of them is not flushed and not committed.
      expect(told).toBe(true)
      expect(touched).toEqual(['v0', 'v1', 'v2'])
      expect(await bench.groupOffset()).toBeUndefined()
    } else
      expect({ ...(await effects(bench)), group: await bench.groupOffset(), touched: touched.length }).toEqual(before)
  })

test('a sink is given nothing, flushed and committed nothing while the lease is over', async () => {
  const bench = new Bench()
  const calls: string[] = []
  await bench.produce('t', ['v0'])
  const running = bench.sink(
    sinkOf(() => ({ put: records => void calls.push(...sinkValues(records)), flush: () => void calls.push('flush') })),
  )
  await bench.clock.advance(1_000)
  expect(calls).toEqual(['v0'])
  bench.lease.lose()
  await bench.produce('t', ['v1'])
  await bench.clock.advance(300_000)
  expect(calls).toEqual(['v0'])
  expect(await bench.groupOffset()).toBeUndefined()
  expect(bench.metrics['suspended-since']).toBeGreaterThan(0)
  bench.lease.renew()
  await bench.clock.advance(61_000)
  expect(calls).toEqual(['v0', 'v1', 'flush'])
  expect(await bench.groupOffset()).toEqual({ offset: 2, metadata: '' })
  await running.drain()
  expect(running.end.error).toBeUndefined()
})

test('a flush that is done when the lease ends is not committed before it runs again', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v0'])
  const running = bench.sink(
    sinkOf(({ requestCommit }) => ({ put: () => requestCommit(), flush: () => bench.lease.lose() })),
  )
  await bench.clock.advance(120_000)
  expect(await bench.groupOffset()).toBeUndefined()
  bench.lease.renew()
  await bench.clock.advance(1)
  expect(await bench.groupOffset()).toEqual({ offset: 1, metadata: '' })
  await running.drain()
})

test('dead letters wait for the lease too', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v0'])
  const definition = sinkOf(
    ({ reject }) => ({
      put: ([record]) => {
        reject(record!, new Error('no'))
        bench.lease.lose()
      },
    }),
    { errors: withLetters(lenient) },
  )
  const running = bench.sink(definition)
  await bench.clock.advance(120_000)
  expect(await bench.values('letters')).toEqual([])
  bench.lease.renew()
  await bench.clock.advance(2_000)
  expect(await bench.values('letters')).toEqual(['v0'])
  await running.drain()
})

test('an append that is to be tried again waits for the lease as well', async () => {
  let full = true
  const bench: Bench = new Bench({
    fault: {
      append: (_, id) => {
        if (id.startsWith('connector-') && full) throw Object.assign(new Error('full'), { disposition: 'retry' })
      },
    },
  })
  const running = await bench.source(endless())
  await bench.clock.advance(100)
  bench.lease.lose()
  full = false
  await bench.clock.advance(120_000)
  expect(await bench.values('t')).toEqual([])
  bench.lease.renew()
  await bench.clock.advance(1_000)
  expect((await bench.values('t')).slice(0, 2)).toEqual(['v0', 'v1'])
  await running.drain()
})
