import { describe, expect, test } from 'vitest'
import { fatal, retry, type SourceYield } from '../../src/plugin/index.js'
import type { OffsetMap } from '../../src/core/offset.js'
import { isStalled } from '../../src/pipeline/stalled.js'
import { taskTime } from '../../src/pipeline/task-metrics.js'
import { SourceLoop } from '../../src/pipeline/source-loop.js'
import { continues, type Boundary, type FlushReason } from '../../src/pipeline/transaction-boundary.js'
import { Bench, diskFull, line, sourceOf, strict, withLetters } from './fixture.js'

const id = 'group-c-0'
const transactions = (boundary: Boundary = { type: 'poll' }) => ({ transactions: { id, boundary } })
type Yielded = SourceYield<OffsetMap, OffsetMap>

/** Reads on from its committed offset: `pages[i]` is what it yields at position i, then it waits for ever. */
const paged = (pages: readonly Yielded[], boundary?: Boundary) =>
  sourceOf(async function* ({ offsets, signal, sleep }) {
    const last = await offsets.last({ file: 'a' })
    for (const page of pages) {
      const first = Array.isArray(page) ? page[0] : page
      if (first && 'offset' in first && Number(first.offset?.['position']) <= Number(last?.['position'] ?? -1)) continue
      yield page
      await sleep(1_000)
      if (signal.aborted) return
    }
    await new Promise(resolve => signal.addEventListener('abort', resolve))
  }, transactions(boundary))

/** Another writer takes the id, as a zombie would that wakes before its own initialisation. */
const steal = async (bench: Bench) => {
  const thief = bench.log.openWriter({ id: 'thief', transactionalId: id })
  await thief.fence()
  return thief
}

test.each<[Boundary, FlushReason, number, boolean]>([
  [{ type: 'poll' }, 'full', 1e9, true],
  [{ type: 'poll' }, 'yielded', 99, true],
  [{ type: 'poll' }, 'yielded', 100, false],
  [{ type: 'poll' }, 'idle', 0, false],
  [{ type: 'poll' }, 'mark', 0, false],
  [{ type: 'poll' }, 'settle', 0, false],
  [{ type: 'interval', intervalMs: 100 }, 'idle', 99, true],
  [{ type: 'interval', intervalMs: 100 }, 'full', 100, false],
  [{ type: 'interval', intervalMs: 100 }, 'settle', 0, false],
  [{ type: 'interval', intervalMs: 0 }, 'idle', 0, false],
  [{ type: 'connector' }, 'full', 1e9, true],
  [{ type: 'connector' }, 'idle', 0, true],
  [{ type: 'connector' }, 'mark', 0, false],
])(
  'boundary %j, a unit sent because %s after %i ms: the transaction goes on: %s',
  (boundary, reason, now, expected) => {
    expect(continues(boundary, reason, 0, now)).toBe(expected)
  },
)

describe('poll', () => {
  test('records and their offsets are one transaction', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0), line(1)], [line(2)]]))
    await bench.clock.advance(500)
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
    expect(await bench.committed()).toEqual({ position: 1 })
    await bench.clock.advance(2_000)
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2'])
    expect(await bench.committed()).toEqual({ position: 2 })
    expect(bench.metrics['source-record-write-total']).toBe(3)
    expect(bench.metrics['source-record-active-count']).toBe(0)
  })

  test('the lease is checked, the id taken, ownership confirmed, and only then offsets are read', async () => {
    const bench = new Bench({ transactions: true })
    const steps: string[] = []
    bench.lease.lose()
    bench.owns = () => {
      steps.push('confirmed')
      return true
    }
    const old = await steal(bench)
    const definition = sourceOf(async function* ({ offsets }) {
      await offsets.last({ file: 'a' })
      steps.push('read')
      yield line(0)
    }, transactions())
    const running = await bench.source(definition)
    await bench.clock.advance(60_000)
    expect(steps).toEqual([])
    await old.append({ batches: [] }) // It has not been fenced.
    bench.lease.renew()
    await bench.clock.advance(10)
    expect(steps).toEqual(['confirmed', 'read'])
    await expect(old.append({ batches: [] })).rejects.toMatchObject({ code: 'log.fenced' })
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0'])
  })

  test('who is not the owner any more appends nothing and waits to be stopped', async () => {
    const bench = new Bench({ transactions: true })
    bench.owns = () => false
    let read = false
    const running = await bench.source(
      sourceOf(async function* () {
        read = true
        yield line(0)
      }, transactions()),
    )
    await bench.clock.advance(600_000)
    expect(running.end.done).toBe(false)
    expect(read).toBe(false)
    await running.drain()
    expect(running.end.error).toBeUndefined()
    expect(await bench.values('t')).toEqual([])
  })

  test.each([true, false])(
    'a newer owner’s fence of the offsets makes it stale, too, with transactions (%s)',
    async on => {
      const bench = new Bench(on ? { transactions: true } : {})
      const store = await bench.offsets()
      await store.fence([{ connector: 'c', task: 0, epoch: { term: 1, offset: 9 } }])
      let read = false
      const definition = sourceOf(async function* () {
        read = true
        yield line(0)
      }, transactions())
      const loop = new SourceLoop(definition, {
        ...bench.dependencies(),
        offsets: store.forGrant(
          { connector: 'c', task: 0 },
          { epoch: { term: 1, offset: 5 }, since: { term: 1, offset: 1 } },
        ),
        confirmOwnership: async () => true,
      })
      const run = loop.run()
      await bench.clock.advance(60_000)
      expect(read).toBe(false)
      await Promise.all([loop.drain(0), run])
      await store.close()
    },
  )

  test('an owner that is fenced takes the id back and reads again what was not committed, once, counted', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0)], [line(1)], [line(2)], [line(3)]]))
    await bench.clock.advance(1_500)
    await steal(bench)
    await bench.clock.advance(30_000)
    expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2', 'v3'])
    expect(bench.metrics['producer-fenced-total']).toBe(1)
    await running.drain()
    expect(running.end.error).toBeUndefined()
    expect(await bench.committed()).toEqual({ position: 3 })
  })

  test('a fencing while the input has ended is noticed with what is read again', async () => {
    const bench: Bench = new Bench({
      transactions: true,
      fault: {
        append: async (_, writer) => {
          if (writer !== 'connector-producer-c-0' || stolen) return
          stolen = true
          await steal(bench)
        },
      },
    })
    let stolen = false
    const running = await bench.source(
      sourceOf(async function* ({ offsets }) {
        if (!(await offsets.last({ file: 'a' }))) yield line(0)
      }, transactions()),
    )
    await bench.clock.advance(30_000)
    expect(await bench.values('t')).toEqual(['v0'])
    await running.drain()
    expect(running.end.error).toBeUndefined()
  })

  test('an append that fails by what passes is not sent again but read again', async () => {
    let failures = 2
    const bench = new Bench({
      transactions: true,
      fault: {
        append: (_, writer) => {
          if (writer === 'connector-producer-c-0' && failures-- > 0) throw diskFull()
        },
      },
    })
    const running = await bench.source(paged([[line(0)], [line(1)]]))
    await bench.clock.advance(60_000)
    await running.drain()
    expect(running.end.error).toBeUndefined()
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
    expect(bench.metrics['source-record-active-count']).toBe(0)
  })

  test('an append that fails for good fails the task', async () => {
    const bench = new Bench({
      transactions: true,
      fault: {
        append: (_, writer) => {
          if (writer === 'connector-producer-c-0') throw fatal('broken')
        },
      },
    })
    const running = await bench.source(paged([[line(0)]]))
    await running.ended()
    expect(running.end.error).toMatchObject({ message: 'broken', stage: 'KAFKA_PRODUCE' })
    expect(await bench.values('t')).toEqual([])
  })

  test('the plugin’s retry begins a transaction anew, from what is committed', async () => {
    const bench = new Bench({ transactions: true })
    let thrown = false
    const definition = sourceOf(async function* ({ offsets, signal }) {
      let at = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1)
      yield [line(++at), line(++at)]
      if (!thrown) {
        thrown = true
        throw retry('away')
      }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }, transactions())
    const running = await bench.source(definition)
    await bench.clock.advance(10_000)
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2', 'v3'])
  })
})

describe('interval', () => {
  const boundary = { type: 'interval', intervalMs: 10_000 } as const

  test('a transaction stays open until the interval is over, also where the source yields nothing more', async () => {
    const bench = new Bench({ transactions: true })
    const told: number[] = []
    const definition = sourceOf(async function* ({ onCommitted, sleep, signal }) {
      onCommitted((_, { position }) => void told.push(Number(position)))
      for (let at = 0; at < 3; at++) {
        yield [line(at)]
        await sleep(1_000)
      }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }, transactions(boundary))
    const running = await bench.source(definition)
    await bench.clock.advance(9_000)
    expect(await bench.values('t')).toEqual([])
    expect(told).toEqual([])
    await bench.clock.advance(1_500)
    expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2'])
    expect(told).toEqual([2])
    expect(bench.metrics['transaction-size-max']).toBe(3)
    await running.drain()
  })

  test('offsets that move without records are committed at the end of the interval too', async () => {
    const bench = new Bench({ transactions: true })
    const mark = { mark: 'offset', partition: { file: 'a' }, offset: { position: 7 } } as const
    const running = await bench.source(paged([mark], boundary))
    await bench.clock.advance(5_000)
    expect(await bench.committed()).toBeUndefined()
    await bench.clock.advance(6_000)
    expect(await bench.committed()).toEqual({ position: 7 })
    await running.drain()
  })

  test('an open transaction keeps nobody from reading offsets, and is no task that stands', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0)]], { type: 'interval', intervalMs: 600_000 }))
    await bench.clock.advance(300_000)
    const store = await bench.offsets()
    let read = false
    void store.all('c').then(() => (read = true))
    await bench.clock.settle()
    expect(read).toBe(true)
    expect(isStalled(bench.metrics, taskTime(bench.cells, bench.clock), 60_000)).toBe(false)
    await store.close()
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0'])
  })

  test('a stop commits it, and so does a pause', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0)], [line(1)], [line(2)]], boundary))
    await bench.clock.advance(500)
    running.loop.pause()
    await bench.clock.advance(1_000)
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
    running.loop.resume()
    await bench.clock.advance(1_500)
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2'])
    expect(await bench.committed()).toEqual({ position: 2 })
  })

  test('what stands in an open transaction when the task dies was never there', async () => {
    const bench = new Bench({ transactions: true })
    const first = await bench.source(paged([[line(0)], [line(1)]], boundary))
    await bench.clock.advance(1_500)
    await first.drain(0)
    expect(await bench.values('t')).toEqual([])
    const second = await bench.source(paged([[line(0)], [line(1)]], boundary))
    await bench.clock.advance(15_000)
    await second.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
  })
})

describe('connector', () => {
  const boundary = { type: 'connector' } as const
  const commit = { mark: 'commit' } as const
  const abort = { mark: 'abort' } as const
  const big = (at: number) => line(at, { value: `v${at}-${'x'.repeat(600_000)}` })
  const heads = async (bench: Bench) => (await bench.values('t')).map(value => value!.split('-')[0])

  test('transactions end at the source’s marks; without one nothing is committed, not even by a stop', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0)], [line(1)], commit, [line(2)]], boundary))
    await bench.clock.advance(1_500)
    expect(await bench.values('t')).toEqual([])
    await bench.clock.advance(60_000)
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
    expect(await bench.committed()).toEqual({ position: 1 })
  })

  test('a large transaction is written as it grows, and seen only as a whole', async () => {
    const bench = new Bench({ transactions: true })
    const pages = Array.from({ length: 8 }, (_, at) => [big(at)])
    const running = await bench.source(paged([...pages, commit], boundary))
    await bench.clock.advance(6_500)
    expect(bench.metrics['units-in-flight']).toBe(0)
    expect((await bench.log.topics.bounds({ topic: 't', partition: 0 })).end).toBeGreaterThanOrEqual(4)
    expect(await bench.values('t')).toEqual([])
    await bench.clock.advance(10_000)
    await running.drain()
    expect(await heads(bench)).toEqual(Array.from({ length: 8 }, (_, at) => `v${at}`))
    expect(bench.metrics['transaction-size-max']).toBe(8)
  })

  test('an aborted transaction is skipped, written or not, and its offsets count', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(
      paged([[line(0)], abort, [big(1)], [big(2)], [big(3)], abort, [line(4)], commit], boundary),
    )
    await bench.clock.advance(5_500)
    expect(await bench.committed()).toEqual({ position: 3 })
    await bench.clock.advance(10_000)
    await running.drain()
    expect(running.end.error).toBeUndefined()
    expect(await bench.values('t')).toEqual(['v4'])
    expect(await bench.committed()).toEqual({ position: 4 })
    expect(bench.metrics['source-record-active-count']).toBe(0)
  })

  test('a record that fails the task undoes its transaction; its dead letter is written alone', async () => {
    const bench = new Bench({ transactions: true })
    const bad = line(3, { topic: 't', kafkaPartition: 9 })
    const definition = paged([[big(0)], [big(1)], [big(2)], [bad], commit], boundary)
    const running = await bench.source({ ...definition, errors: withLetters(strict) })
    await running.ended()
    expect(running.end.error).toMatchObject({ code: 'pipeline.partition_unknown' })
    expect(await bench.values('t')).toEqual([])
    expect(await bench.values('letters')).toHaveLength(1)
    expect(await bench.committed()).toBeUndefined()
  })

  test('under another boundary the source’s marks mean nothing', async () => {
    const bench = new Bench({ transactions: true })
    const running = await bench.source(paged([[line(0)], abort, [line(1)]], { type: 'poll' }))
    await bench.clock.advance(10_000)
    await running.drain()
    expect(await bench.values('t')).toEqual(['v0', 'v1'])
  })
})
