import * as fc from 'fast-check'
import type { Decimal, OffsetMap, SourceContext, SourcePlugin, SourceRecord, Value } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import plugins from '../src/index.js'
import { Unmade } from '../src/made.js'
import type { Made } from '../src/made.js'
import { RateLimiter } from '../src/rate-limiter.js'
import { formats, valueMaker } from '../src/values.js'

const generator = plugins[0] as SourcePlugin
const defaults = { topic: 't', format: 'json', rate: 0, count: 100, seed: 1, size: 10, keys: 0, 'batch.size': 7 }

/** Runs one task until it ends, or has given `stopAfter` records. */
async function run(
  overrides: Record<string, unknown> = {},
  { task = 0, of = 1, stored = [] as readonly Made[], stopAfter = Infinity } = {},
): Promise<SourceRecord[]> {
  const abort = new AbortController()
  const all = stored.map(({ next, ...partition }) => ({ partition, offset: { next } }))
  const context: Partial<SourceContext<unknown, unknown, OffsetMap, OffsetMap>> = {
    config: { ...defaults, ...overrides },
    task: { task, of },
    signal: abort.signal,
    sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
    offsets: { last: async () => undefined, all: async () => all },
  }
  const records: SourceRecord[] = []
  for await (const batch of generator.read(context as Parameters<SourcePlugin['read']>[0])) {
    records.push(...(batch as SourceRecord[]))
    if (records.length >= stopAfter) abort.abort()
  }
  return records
}

const ids = (records: readonly SourceRecord[]): unknown[] => records.map(({ value }) => (value as { id: number }).id)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

describe('values', () => {
  test.each(formats)('of %s depend on seed and index alone, not on their batch', format => {
    const maker = valueMaker(format, 42, 13)
    const together = maker.make(range(0, 50))
    expect(range(0, 50).flatMap(index => maker.make([index]))).toEqual(together)
    expect(valueMaker(format, 42, 13).make(range(0, 50))).toEqual(together)
    expect(valueMaker(format, 43, 13).make(range(0, 50))).not.toEqual(together)
    expect(new Set(together.map(value => JSON.stringify(value, bigintText))).size).toBe(50)
  })

  test('stay the same from release to release', () => {
    const [bytes, text] = [valueMaker('bytes', 1, 6).make([0, 2 ** 40]), valueMaker('string', 1, 6).make([0, 2 ** 40])]
    expect(bytes.map(value => Buffer.from(value as Uint8Array).toString('hex'))).toMatchInlineSnapshot(`
      [
        "71a6a5e54f0f",
        "48940191350a",
      ]
    `)
    expect(text).toMatchInlineSnapshot(`
      [
        "QFEEOO",
        "HTAQUJ",
      ]
    `)
    expect(valueMaker('struct', 1, 0).make([7])).toMatchInlineSnapshot(`
      [
        {
          "active": false,
          "amount": Decimal {
            "scale": 2,
            "unscaled": 203781n,
          },
          "at": 2026-01-01T00:00:07.000Z,
          "id": 7,
          "name": "Björn",
          "note": "note 862",
          "score": 0.855826735496521,
        },
      ]
    `)
    expect(valueMaker('json', 1, 0).make([7])).toMatchInlineSnapshot(`
      [
        {
          "active": false,
          "amount": 2037.81,
          "at": "2026-01-01T00:00:07.000Z",
          "id": 7,
          "name": "Björn",
          "note": "note 862",
          "score": 0.855826735496521,
          "tags": [],
        },
      ]
    `)
  })

  test('of bytes and string have the size asked for', () => {
    for (const size of [0, 1, 4, 99]) {
      const [bytes] = valueMaker('bytes', 1, size).make([5])
      const [text] = valueMaker('string', 1, size).make([5])
      expect((bytes as Uint8Array).length).toBe(size)
      expect(text).toMatch(new RegExp(`^[@-_]{${size}}$`))
    }
  })

  test('of struct fit their schema', () => {
    const { valueSchema, make } = valueMaker('struct', 1, 0)
    const values = make(range(0, 100)) as readonly Record<string, Value>[]
    for (const value of values) {
      expect(Object.keys(value)).toEqual(valueSchema?.fields?.map(field => field.name))
      expect(value['amount']).toMatchObject({ scale: 2 } satisfies Partial<Decimal>)
    }
    expect(values.some(value => value['note'] === null)).toBe(true)
    expect(values.some(value => value['active'] === true) && values.some(value => value['active'] === false)).toBe(true)
  })

  test('random bytes are spread evenly', () => {
    const [bytes] = valueMaker('bytes', 9, 256_000).make([1])
    const counts = Array.from({ length: 256 }, () => 0)
    for (const byte of bytes as Uint8Array) counts[byte] = (counts[byte] ?? 0) + 1
    expect(Math.min(...counts)).toBeGreaterThan(850)
    expect(Math.max(...counts)).toBeLessThan(1_150)
  })
})

const bigintText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

describe('a run', () => {
  test('makes count records in arrays of at most batch.size, and ends', async () => {
    const records = await run()
    expect(ids(records)).toEqual(range(0, 100))
    expect(records[0]).toMatchObject({ topic: 't', key: null, partition: { task: 0, of: 1 }, offset: { next: 1 } })
  })

  test('has as many keys as asked for', async () => {
    const keys = (await run({ keys: 5 })).map(record => record.key)
    expect(new Set(keys)).toEqual(new Set(range(0, 5).map(number => `key-${number}`)))
  })

  test('keeps a batch of long values small', async () => {
    const records = await run({ format: 'bytes', size: 4_000_000, count: 3 })
    expect(new Set(records.map(({ value }) => (value as Uint8Array).buffer)).size).toBe(3)
  })

  test('goes on from any offset with the same records', async () => {
    const whole = await run({ format: 'string' })
    for (const next of [1, 50, 99, 100]) {
      const rest = await run({ format: 'string' }, { stored: [{ task: 0, of: 1, next }] })
      expect(rest.map(record => record.value)).toEqual(whole.slice(next).map(record => record.value))
    }
  })

  test('keeps to its rate', async () => {
    const start = performance.now()
    await run({ rate: 1_000, count: 151 })
    expect(performance.now() - start).toBeGreaterThanOrEqual(140)
  })

  test('shares the work among tasks', async () => {
    const tasks = await Promise.all([0, 1, 2].map(task => run({}, { task, of: 3 })))
    expect(tasks.map(records => ids(records)[1])).toEqual([3, 4, 5])
    expect(tasks.flatMap(ids).toSorted((a, b) => Number(a) - Number(b))).toEqual(range(0, 100))
  })

  test('refuses offsets that cannot be', () => {
    const alter = (task: number, of: number, next: number): unknown =>
      generator.alterOffsets?.({}, [{ partition: { task, of }, offset: { next } }])
    expect(alter(0, 1, 0)).toBe(true)
    expect(() => alter(1, 1, 0)).toThrow('"task"')
    expect(() => alter(0, 0, 0)).toThrow('"task"')
    expect(() => alter(0, 1, -1)).toThrow('"next"')
  })
})

test('whatever the numbers of tasks were, in turn, each index is made exactly once', () => {
  const turn = fc.record({
    of: fc.integer({ min: 1, max: 5 }),
    makes: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 5, maxLength: 5 }),
  })
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (turns, looks) => {
      const end = 60
      const stored = new Map<string, Made>()
      const made: number[] = []
      for (const { of, makes } of [...turns, { of: 2, makes: [end, end] }]) {
        const before = [...stored.values()]
        for (let task = 0; task < of; task++) {
          const unmade = new Unmade({ task, of }, before)
          for (let left = makes[task] ?? 0; left > 0 && !unmade.isDone(end);) {
            const indexes = unmade.take(Math.min(3, left), end, looks)
            left -= indexes.length
            made.push(...indexes)
            for (const index of indexes) stored.set(`${task}/${of}`, { task, of, next: index + 1 })
          }
        }
      }
      expect(made.toSorted((a, b) => a - b)).toEqual(range(0, end))
    }),
  )
})

describe('the rate', () => {
  /** Takes for `ms`, waiting as told, and each wake-up late by `late(n)`; returns how many came in each second. */
  function take(perSecond: number, ms: number, late: (turn: number) => number = () => 0): number[] {
    const limiter = new RateLimiter(perSecond, 0)
    const seconds: number[] = []
    for (let now = 0, turn = 0; now < ms; turn++) {
      const { count, waitMs } = limiter.take(10_000, now)
      const second = Math.floor(now / 1_000)
      seconds[second] = (seconds[second] ?? 0) + count
      now += waitMs + (count === 0 ? late(turn) : 0)
    }
    return seconds
  }

  test.each([0.5, 1, 10, 333, 1_000, 100_000])('of %d/s is kept without drift', rate => {
    const total = take(rate, 60_000, turn => (turn * 7) % 13).reduce((sum, count) => sum + count, 0)
    expect(Math.abs(total - rate * 60)).toBeLessThanOrEqual(Math.max(1, rate * 0.02))
  })

  test('makes up for a short stall, and for a long one by a second at most', () => {
    const limiter = new RateLimiter(100, 0)
    expect(limiter.take(10_000, 0).count).toBe(1)
    expect(limiter.take(10_000, 500).count).toBe(50)
    expect(limiter.take(10_000, 100_000).count).toBe(101)
    expect(limiter.take(10_000, 100_500).count).toBe(50)
    expect(limiter.take(10_000, 100_500)).toEqual({ count: 0, waitMs: 10 })
  })

  test('never waits for so long that a timer overflows', () => {
    const limiter = new RateLimiter(1e-9, 0)
    expect(limiter.take(1, 0).count).toBe(1)
    expect(limiter.take(1, 1)).toEqual({ count: 0, waitMs: 60_000 })
  })
})
