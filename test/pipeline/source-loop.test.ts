import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/codec/index.js'
import type { Schema } from '../../src/core/schema.js'
import { fatal, retry, rejected, type Converter } from '../../src/plugin/index.js'
import type { TransformStep } from '../../src/pipeline/task-definition.js'
import { isStalled } from '../../src/pipeline/stalled.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { Bench, diskFull, hanging, lenient, line, plainConverter, sourceOf, strict, withLetters } from './fixture.js'

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i))
const values = (from: number, to: number) => lines(from, to).map(record => record.value)
const transform = (apply: (value: unknown) => unknown): TransformStep => ({
  alias: 'x',
  className: 'test.X',
  apply: record => apply(record.value) as never,
})
/** Drops or fails by value, and passes the rest. */
const judge = (verdict: (value: string) => 'pass' | 'drop' | 'fail'): TransformStep => ({
  alias: 'judge',
  className: 'test.Judge',
  apply: record => {
    const found = verdict(String(record.value))
    if (found === 'fail') throw new Error(`no ${String(record.value)}`)
    return found === 'drop' ? null : record
  },
})
const converting = (fromData: Converter['fromData']) => ({
  className: 'test.Converter',
  converter: { ...plainConverter, fromData },
})

test('records, marks and single yields arrive in order, and the last offset is committed with them', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
      yield line(3)
      yield [line(4)]
      yield { mark: 'offset', partition: { file: 'a' }, offset: { position: 9 } }
    }),
  )
  await bench.clock.settle()
  expect(await bench.values('t')).toEqual(values(0, 5))
  expect(await bench.committed()).toEqual({ position: 9 })
  expect(running.end.done).toBe(false)
  expect(bench.metrics['input-ended-since']).toBeGreaterThan(0)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect(bench.events).toEqual(['running', 'topic t'])
  expect(bench.metrics).toMatchObject({
    'source-record-poll-total': 5,
    'source-record-write-total': 5,
    'source-record-active-count': 0,
    'append-pending-since': 0,
  })
})

test('a restart goes on from the committed offset', async () => {
  const bench = new Bench()
  const read = sourceOf(async function* ({ offsets }) {
    const from = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1) + 1
    yield lines(from, from + 3)
  })
  for (let i = 0; i < 3; i++) {
    const running = await bench.source(read)
    await bench.clock.settle()
    await running.drain()
  }
  expect(await bench.values('t')).toEqual(values(0, 9))
})

test('on a log that is not atomic offsets follow their records, at the interval and at the end', async () => {
  const bench = new Bench({ atomic: false })
  const running = await bench.source(
    sourceOf(async function* ({ sleep }) {
      yield lines(0, 3)
      await sleep(90_000)
      yield lines(3, 5)
    }),
  )
  await bench.clock.advance(59_000)
  expect(await bench.values('t')).toEqual(values(0, 3))
  expect(await bench.committed()).toBeUndefined()
  await bench.clock.advance(1_000)
  expect(await bench.committed()).toEqual({ position: 2 })
  await bench.clock.advance(40_000)
  await running.drain()
  expect(await bench.committed()).toEqual({ position: 4 })
  expect(bench.metrics['offset-commit-success-total']).toBe(2)
})

test('an offset commit that fails is done at the next interval', async () => {
  let broken = true
  const bench = new Bench({
    atomic: false,
    fault: {
      append: (_, id) => {
        if (id.startsWith('connector-offsets') && broken) throw fatal('away')
      },
    },
  })
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
    }),
  )
  await bench.clock.advance(60_000)
  expect(await bench.committed()).toBeUndefined()
  expect(bench.metrics['offset-commit-failure-total']).toBe(1)
  broken = false
  await bench.clock.advance(60_000)
  expect(await bench.committed()).toEqual({ position: 2 })
  await running.drain()
})

test('an offset commit that hangs is not waited for beyond its time, and no other is written beside it', async () => {
  const hang = hanging()
  let commits = 0
  const bench = new Bench({
    atomic: false,
    fault: {
      append: (_, id) => (id.startsWith('connector-offsets') && ++commits === 1 ? hang.promise : undefined),
    },
  })
  const running = await bench.source(
    sourceOf(async function* ({ sleep }) {
      yield lines(0, 3)
      await sleep(130_000)
      yield lines(3, 5)
      await sleep(1_000_000)
    }),
  )
  await bench.clock.advance(64_999)
  expect(bench.metrics['offset-commit-failure-total']).toBe(0)
  await bench.clock.advance(1)
  expect(bench.metrics['offset-commit-failure-total']).toBe(1)
  await bench.clock.advance(100_000)
  expect(await bench.values('t')).toEqual(values(0, 5))
  expect(bench.metrics['offset-commit-failure-total']).toBe(2)
  expect(commits).toBe(1)
  running.loop.pause()
  await bench.clock.advance(5_000)
  expect(bench.events).toContain('paused')
  hang.end()
  await bench.clock.advance(0)
  expect(await bench.committed()).toEqual({ position: 2 })
  await bench.clock.advance(60_000)
  expect(await bench.committed()).toEqual({ position: 4 })
  expect(commits).toBe(2)
  await running.drain()
})

test('read is not reopened while a commit is undecided: it would begin at an offset that a late commit moves', async () => {
  const hang = hanging()
  let opened = 0
  const bench = new Bench({
    atomic: false,
    fault: { append: (_, id) => (id.startsWith('connector-offsets') ? hang.promise : undefined) },
  })
  const running = await bench.source(
    sourceOf(async function* ({ offsets }) {
      opened++
      const last = await offsets.last({ file: 'a' })
      if (last !== undefined) yield lines(3, 5)
      else {
        yield lines(0, 3)
        throw retry('away')
      }
    }),
  )
  await bench.clock.advance(50_000)
  expect(opened).toBe(1)
  hang.end()
  await bench.clock.advance(50_000)
  expect(await bench.values('t')).toEqual(values(0, 5))
  await running.drain()
})

test('an append that is not acknowledged holds the offsets of all behind it back', async () => {
  let release!: () => void
  const held = new Promise<void>(resolve => (release = resolve))
  const bench = new Bench({
    atomic: false,
    fault: { append: (_, id) => (id.startsWith('connector-producer') ? held : undefined) },
  })
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
      yield lines(3, 6)
    }),
  )
  await bench.clock.advance(60_000)
  expect(await bench.committed()).toBeUndefined()
  expect(bench.metrics['append-pending-since']).toBeGreaterThan(0)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 59_000)).toBe(true)
  release()
  await bench.clock.advance(60_000)
  expect(await bench.committed()).toEqual({ position: 5 })
  await running.drain()
})

test('the generator is not pulled while too much is on its way', async () => {
  let release!: () => void
  const held = new Promise<void>(resolve => (release = resolve))
  const bench = new Bench({ fault: { append: (_, id) => (id.startsWith('connector-producer') ? held : undefined) } })
  let yielded = 0
  const big = 'x'.repeat(100_000)
  const running = await bench.source(
    sourceOf(async function* () {
      for (; yielded < 500; yielded++) yield [line(yielded, { value: big })]
    }),
  )
  for (let i = 0; i < 50; i++) await bench.clock.settle()
  expect(yielded).toBeGreaterThan(50)
  expect(yielded).toBeLessThan(120)
  expect(bench.metrics['bytes-in-flight']).toBeLessThan(12_000_000)
  release()
  for (let i = 0; i < 100; i++) await bench.clock.settle()
  await running.drain()
  expect((await bench.values('t')).length).toBe(500)
})

test('small yields are appended together while the log is busy', async () => {
  const units: number[] = []
  let release!: () => void
  const held = new Promise<void>(resolve => (release = resolve))
  const bench = new Bench({
    fault: {
      append: (unit, id) => {
        if (!id.startsWith('connector-producer')) return undefined
        units.push(unit.batches.length)
        return units.length === 1 ? held : undefined
      },
    },
  })
  const running = await bench.source(
    sourceOf(async function* () {
      for (let i = 0; i < 100; i++) yield line(i)
    }),
  )
  for (let i = 0; i < 10; i++) await bench.clock.settle()
  expect(units.length).toBe(1)
  release()
  await bench.clock.settle()
  expect(units.length).toBe(2)
  expect((await bench.values('t')).length).toBe(100)
  await running.drain()
})

test('a full disk loses nothing, keeps the order, is tried again and shows', async () => {
  let full = false
  let tries = 0
  const bench = new Bench({
    fault: {
      append: (_, id) => {
        if (!id.startsWith('connector-producer') || !full) return
        tries++
        throw diskFull()
      },
    },
  })
  const running = await bench.source(
    sourceOf(async function* ({ sleep }) {
      for (let i = 0; i < 20; i++) {
        if (i === 5) full = true
        yield [line(i)]
        await sleep(1_000)
      }
    }),
  )
  await bench.clock.advance(30_000)
  expect(await bench.values('t')).toEqual(values(0, 5))
  expect(tries).toBeGreaterThan(2)
  expect(bench.metrics['retrying-since']).toBeGreaterThan(0)
  expect(bench.metrics['append-retry-total']).toBe(tries)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 10_000)).toBe(false)
  expect(bench.lines.filter(({ message }) => message.includes('Appending waits'))).toHaveLength(1)
  full = false
  await bench.clock.advance(60_000)
  expect(await bench.values('t')).toEqual(values(0, 20))
  expect(await bench.committed()).toEqual({ position: 19 })
  expect(bench.metrics['retrying-since']).toBe(0)
  await running.drain()
  expect(running.end.error).toBeUndefined()
})

test('an append that fails for good fails the task with its stage', async () => {
  const bench = new Bench({
    fault: {
      append: (_, id) => {
        if (id.startsWith('connector-producer')) throw fatal('broken', { code: 'log.io' })
      },
    },
  })
  let returned = false
  const running = await bench.source(
    sourceOf(async function* ({ signal }) {
      try {
        yield line(0)
        await new Promise(resolve => signal.addEventListener('abort', resolve))
      } finally {
        returned = true
      }
    }),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'log.io', stage: 'KAFKA_PRODUCE', message: 'broken' })
  expect(returned).toBe(true)
  expect(await bench.committed()).toBeUndefined()
})

test('what read throws fails the task with TASK_POLL, and what came before it stays', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
      throw fatal('table is gone', { code: 'db.gone', hint: 'Make it anew.' })
    }),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'db.gone', stage: 'TASK_POLL', hint: 'Make it anew.' })
  expect(await bench.values('t')).toEqual(values(0, 3))
  expect(await bench.committed()).toEqual({ position: 2 })
})

test('what passes by itself reopens read from the committed offset, without end', async () => {
  const bench = new Bench({ atomic: false })
  let opened = 0
  const running = await bench.source(
    sourceOf(async function* ({ offsets }) {
      opened++
      const from = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1) + 1
      if (opened % 2 === 0) throw retry('away', { after: 7_000 })
      yield lines(from, from + 2)
      throw retry('lost')
    }),
  )
  await bench.clock.advance(60_000)
  const got = await bench.values('t')
  expect(got.length).toBeGreaterThan(6)
  expect(got).toEqual(values(0, got.length))
  expect(bench.metrics['read-retry-total']).toBeGreaterThan(4)
  expect(running.end.done).toBe(false)
  await running.drain()
  expect(running.end.error).toBeUndefined()
})

test('dropped records do not move offsets, later ones do', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* ({ sleep }) {
        yield [line(0), line(1), line(2)]
        await sleep(1_000)
        yield [line(3)]
      },
      { transforms: [judge(value => (value === 'v1' || value === 'v2' ? 'drop' : 'pass'))] },
    ),
  )
  await bench.clock.settle()
  expect(await bench.committed()).toEqual({ position: 0 })
  await bench.clock.advance(1_000)
  expect(await bench.committed()).toEqual({ position: 3 })
  expect(await bench.values('t')).toEqual(['v0', 'v3'])
  expect(bench.metrics['source-record-active-count']).toBe(0)
  await running.drain()
})

test('a predicate decides which records a transform sees', async () => {
  const bench = new Bench()
  const even = {
    alias: 'even',
    className: 'test.Even',
    test: (record: { value: unknown }) => Number(String(record.value).slice(1)) % 2 === 0,
  }
  const shout = (negate: boolean): TransformStep => ({
    alias: 'shout',
    className: 'test.Shout',
    apply: record => ({ ...record, value: `${String(record.value)}!` }),
    predicate: { ...even, negate },
  })
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 3)
      },
      { transforms: [shout(false), shout(true), shout(false)] },
    ),
  )
  await bench.clock.settle()
  expect(await bench.values('t')).toEqual(['v0!!', 'v1!', 'v2!!'])
  await running.drain()
})

test('a transform that returns nothing fails the record instead of losing it', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield line(0)
      },
      { transforms: [transform(() => undefined)] },
    ),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'pipeline.transform_returned_nothing', stage: 'TRANSFORMATION' })
})

test('tolerance none: all before the bad record is kept, and the task fails with the stage of the converter', async () => {
  for (const [part, stage] of [
    ['keyConverter', 'KEY_CONVERTER'],
    ['valueConverter', 'VALUE_CONVERTER'],
    ['headerConverter', 'HEADER_CONVERTER'],
  ] as const) {
    const bench = new Bench()
    let seen = 0
    const running = await bench.source(
      sourceOf(
        async function* () {
          yield lines(0, 4).map(record => ({ ...record, headers: [{ key: 'h', value: 'x' }] }))
        },
        {
          [part]: converting(() => {
            if (++seen === 3) throw rejected('not that', { code: 'data.bad' })
            return 'ok'
          }),
          errors: strict,
        },
      ),
    )
    await running.ended()
    expect(running.end.error).toMatchObject({ stage, code: 'data.bad' })
    expect(await bench.values('t')).toHaveLength(2)
    expect(await bench.committed()).toEqual({ position: 1 })
    expect(bench.metrics['total-record-errors']).toBe(1)
    expect(bench.metrics['total-records-skipped']).toBe(0)
  }
})

test('tolerance all: the bad record is skipped, logged and counted, and does not move its offset', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 4)
      },
      {
        transforms: [judge(value => (value === 'v1' || value === 'v3' ? 'fail' : 'pass'))],
        errors: { ...lenient, logEnable: true, logIncludeMessages: true },
      },
    ),
  )
  await bench.clock.settle()
  expect(await bench.values('t')).toEqual(['v0', 'v2'])
  expect(await bench.committed()).toEqual({ position: 2 })
  const logged = bench.lines.filter(({ message }) => message === 'A record failed')
  expect(logged).toHaveLength(2)
  expect(logged[0]!.fields).toMatchObject({
    stage: 'TRANSFORMATION',
    class: 'test.Judge',
    sourceOffset: { position: 1 },
  })
  expect(bench.metrics).toMatchObject({
    'total-record-failures': 2,
    'total-record-errors': 2,
    'total-records-skipped': 2,
    'total-errors-logged': 2,
  })
  await running.drain()
})

test('a dead letter holds the record as it was read, is appended with its unit and moves the offset', async () => {
  const bench = new Bench()
  const schema: Schema = { type: 'string', optional: false }
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield [line(0), line(1, { key: 'k', valueSchema: schema, headers: [{ key: 'mine', value: 'h' }] })]
      },
      { transforms: [judge(value => (value === 'v1' ? 'fail' : 'pass'))], errors: withLetters(lenient) },
    ),
  )
  await bench.clock.settle()
  expect(await bench.values('t')).toEqual(['v0'])
  const [letter] = await bench.records('letters')
  expect(letter).toMatchObject({
    key: '{"schema":null,"payload":"k"}',
    value: '{"schema":{"type":"string","optional":false},"payload":"v1"}',
    headers: {
      mine: '{"schema":null,"payload":"h"}',
      '__connect.errors.topic': 't',
      '__connect.errors.partition': '{"file":"a"}',
      '__connect.errors.offset': '{"position":1}',
      '__connect.errors.connector.name': 'c',
      '__connect.errors.task.id': '0',
      '__connect.errors.stage': 'TRANSFORMATION',
      '__connect.errors.class.name': 'test.Judge',
      '__connect.errors.exception.class.name': 'Error',
      '__connect.errors.exception.message': 'no v1',
    },
  })
  expect(letter!.headers['__connect.errors.exception.stacktrace']).toContain('no v1')
  expect(await bench.committed()).toEqual({ position: 1 })
  await running.drain()
})

test("a source's dead letter does not tell the secret that its error tells", async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield [line(0, { value: 's3cret' })]
      },
      { transforms: [judge(() => 'fail')], errors: withLetters(lenient) },
    ),
  )
  await bench.clock.settle()
  const [letter] = await bench.records('letters')
  expect(letter!.headers['__connect.errors.exception.message']).toBe('no ${env:S}')
  expect(JSON.stringify(letter!.headers)).not.toContain('s3cret')
  await running.drain()
})

test('with tolerance none the dead letter is written before the task fails, and its offset is not committed', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 2)
      },
      { transforms: [judge(value => (value === 'v1' ? 'fail' : 'pass'))], errors: withLetters(strict) },
    ),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ stage: 'TRANSFORMATION' })
  expect(await bench.values('letters')).toHaveLength(1)
  expect(await bench.committed()).toEqual({ position: 0 })
})

test('an operation that asks for it is tried again within its time, where it failed', async () => {
  const bench = new Bench()
  const transformed: unknown[] = []
  let tries = 0
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 2)
      },
      {
        transforms: [{ alias: 'x', className: 'X', apply: record => (transformed.push(record.value), record) }],
        valueConverter: converting((_, __, value) => {
          if (value === 'v0' && ++tries < 4) throw retry('registry away')
          return String(value)
        }),
        errors: { ...strict, retryTimeoutMs: 10_000 },
      },
    ),
  )
  await bench.clock.advance(300 + 600 + 1_200 - 1)
  expect(await bench.values('t')).toEqual([])
  await bench.clock.advance(1)
  expect(await bench.values('t')).toEqual(['v0', 'v1'])
  expect(transformed).toEqual(['v0', 'v1'])
  expect(bench.metrics).toMatchObject({ 'total-retries': 3, 'total-record-failures': 3, 'total-record-errors': 0 })
  await running.drain()
})

test('when the time for retries is over the record fails', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield line(0)
      },
      {
        valueConverter: converting(() => {
          throw retry('registry away', { code: 'registry.away' })
        }),
        errors: { ...strict, retryTimeoutMs: 1_000 },
      },
    ),
  )
  await running.ended()
  expect(bench.clock.now()).toBe(1_000)
  expect(running.end.error).toMatchObject({ stage: 'VALUE_CONVERTER', code: 'registry.away' })
})

test('with tolerance all, what is away fails the task: no healthy record is skipped or dead-lettered, and none after it goes ahead', async () => {
  const bench = new Bench()
  let away = true
  const definition = sourceOf(
    async function* ({ offsets }) {
      yield lines(Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1) + 1, 4)
    },
    {
      valueConverter: converting((_, __, value) => {
        if (value === 'v2' && away) throw retry('registry away', { code: 'registry.away' })
        return String(value)
      }),
      errors: withLetters({ ...lenient, retryTimeoutMs: 1_000 }),
    },
  )
  const first = await bench.source(definition)
  await first.ended()
  expect(first.end.error).toMatchObject({ stage: 'VALUE_CONVERTER', code: 'registry.away', disposition: 'retry' })
  expect(await bench.values('t')).toEqual(['v0', 'v1'])
  expect(await bench.committed()).toEqual({ position: 1 })
  away = false
  const second = await bench.source(definition)
  await bench.clock.advance(10)
  expect(await bench.values('t')).toEqual(values(0, 4))
  expect(await bench.values('letters')).toEqual([])
  expect(bench.metrics['total-records-skipped']).toBe(0)
  await second.drain()
})

test('a drain ends retries, and the record is read again after the restart', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 2)
      },
      {
        valueConverter: converting((_, __, value) => {
          if (value === 'v1') throw retry('registry away')
          return String(value)
        }),
        errors: { ...strict, retryTimeoutMs: -1 },
      },
    ),
  )
  await bench.clock.advance(100_000)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect(await bench.values('t')).toEqual(['v0'])
  expect(await bench.committed()).toEqual({ position: 0 })
})

test('a drain does not wait for a converter that waits: the record is read again', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 2)
      },
      {
        valueConverter: converting((_, __, value) => (value === 'v1' ? new Promise(() => {}) : String(value))),
        errors: withLetters(lenient),
      },
    ),
  )
  await bench.clock.advance(1_000)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect(await bench.values('t')).toEqual(['v0'])
  expect(await bench.committed()).toEqual({ position: 0 })
  expect(await bench.values('letters')).toEqual([])
})

test('converters that return promises are waited for in order', async () => {
  const bench = new Bench()
  const slow =
    (convert: (value: unknown) => string): Converter['fromData'] =>
    async (_, __, value) => {
      await bench.clock.settle()
      return convert(value)
    }
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield lines(0, 5).map(record => ({ ...record, key: 'k', headers: [{ key: 'h', value: 'x' }] }))
      },
      {
        keyConverter: converting(slow(String)),
        valueConverter: converting(slow(value => `${String(value)}!`)),
        headerConverter: converting(slow(value => `<${String(value)}>`)),
      },
    ),
  )
  for (let i = 0; i < 40; i++) await bench.clock.settle()
  const records = await bench.records('t')
  expect(records.map(record => record.value)).toEqual(['v0!', 'v1!', 'v2!', 'v3!', 'v4!'])
  expect(records[0]).toMatchObject({ key: 'k', headers: { h: '<x>' } })
  await running.drain()
})

test('a record that no batch can hold fails by itself, with KAFKA_PRODUCE', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield [line(0), line(1, { value: 'x'.repeat(5_000) }), line(2)]
      },
      { errors: withLetters(lenient), producer: { 'max.request.size': '4000' } },
    ),
  )
  await bench.clock.settle()
  expect(await bench.values('t')).toEqual(['v0', 'v2'])
  // Its dead letter would be no smaller, which is said and counted.
  expect(await bench.values('letters')).toEqual([])
  expect(bench.metrics['deadletterqueue-produce-failures']).toBe(1)
  expect(bench.lines.map(({ message }) => message)).toContain('A dead letter cannot be written')
  await running.drain()
})

test('timestamps, keys and partitions go as the record says, and a bad partition or time fails that record', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield [
          line(0, { kafkaPartition: 2, timestamp: 1_234 }),
          line(1, { kafkaPartition: 7 }),
          line(2, { timestamp: -5 }),
          line(3, { kafkaPartition: 0, timestamp: -1 }),
        ]
      },
      {
        errors: lenient,
        topicCreation: [
          {
            group: 'default',
            matches: () => true,
            partitions: 3,
            replicationFactor: 1,
            config: { 'retention.ms': '9000' },
          },
        ],
      },
    ),
  )
  await bench.clock.settle()
  expect(await bench.records('t')).toMatchObject([
    { partition: 0, value: 'v3', timestamp: bench.clock.wallTime() },
    { partition: 2, value: 'v0', timestamp: 1_234 },
  ])
  expect(await bench.log.topics.describe('t')).toMatchObject({ partitions: 3, config: { 'retention.ms': '9000' } })
  expect(bench.metrics['total-records-skipped']).toBe(2)
  await running.drain()
})

test('onCommitted hears of the latest offset only, one call at a time, and may fail', async () => {
  const bench = new Bench()
  const heard: unknown[] = []
  let finish: (() => void) | undefined
  let calls = 0
  const running = await bench.source(
    sourceOf(async function* ({ onCommitted, sleep }) {
      onCommitted(async (partition, offset) => {
        heard.push([partition, offset])
        if (++calls === 1) throw new Error('slot away')
        await new Promise<void>(resolve => (finish = resolve))
      })
      for (let i = 0; i < 4; i++) {
        yield [line(i)]
        await sleep(1_000)
      }
    }),
  )
  await bench.clock.advance(5_000)
  expect(heard).toEqual([
    [{ file: 'a' }, { position: 0 }],
    [{ file: 'a' }, { position: 1 }],
  ])
  finish!()
  await bench.clock.settle()
  expect(heard.at(-1)).toEqual([{ file: 'a' }, { position: 3 }])
  expect(heard).toHaveLength(3)
  expect(bench.lines.some(({ message }) => message.includes('failed to handle a committed offset'))).toBe(true)
  finish!()
  await running.drain()
})

test('pause finishes the batch, commits and stops pulling; resume goes on', async () => {
  const bench = new Bench({ atomic: false })
  const running = await bench.source(
    sourceOf(async function* ({ sleep }) {
      for (let i = 0; ; i++) {
        yield [line(i)]
        await sleep(1_000)
      }
    }),
  )
  await bench.clock.advance(2_500)
  running.loop.pause()
  expect(bench.events.at(-1)).toBe('paused')
  await bench.clock.advance(100_000)
  const standing = await bench.values('t')
  expect(standing.length).toBeLessThanOrEqual(4)
  expect(await bench.committed()).toEqual({ position: standing.length - 1 })
  expect(bench.metrics['paused-since']).toBeGreaterThan(0)
  running.loop.resume()
  await bench.clock.advance(2_000)
  expect(bench.events.at(-1)).toBe('running')
  expect((await bench.values('t')).length).toBeGreaterThan(standing.length)
  expect(bench.metrics['paused-since']).toBe(0)
  await running.drain()
})

test('paused from the start, the plugin is opened on resume', async () => {
  const bench = new Bench()
  let opened = false
  const store = await bench.offsets()
  const { SourceLoop } = await import('../../src/pipeline/source-loop.js')
  const definition = sourceOf(async function* () {
    opened = true
    yield line(0)
  })
  const loop = new SourceLoop(definition, {
    ...bench.dependencies(),
    offsets: store.forConnector('c'),
    confirmOwnership: async () => true,
  })
  loop.pause()
  const run = loop.run()
  await bench.clock.advance(10_000)
  expect(opened).toBe(false)
  expect(bench.events).toEqual(['paused'])
  loop.resume()
  await bench.clock.settle()
  expect(opened).toBe(true)
  await Promise.all([loop.drain(1_000), run])
  expect(await bench.values('t')).toEqual(['v0'])
  await store.close()
})

test('a drain in the middle aborts the signal, ends the generator, and commits what was taken', async () => {
  const bench = new Bench({ atomic: false })
  let cleaned = false
  const running = await bench.source(
    sourceOf(async function* ({ signal }) {
      try {
        yield lines(0, 3)
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        yield lines(3, 5)
      } finally {
        cleaned = true
      }
    }),
  )
  await bench.clock.settle()
  await running.drain()
  expect(cleaned).toBe(true)
  expect(running.end.error).toBeUndefined()
  expect(await bench.values('t')).toEqual(values(0, 5))
  expect(await bench.committed()).toEqual({ position: 4 })
})

test('a read that does not let go is told apart once the time is up, and what was taken is committed all the same', async () => {
  const bench = new Bench({ atomic: false })
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
      await new Promise(() => {})
    }),
  )
  await bench.clock.advance(60_000)
  const started = bench.clock.now()
  await running.drain(2_000)
  expect(bench.clock.now() - started).toBe(3_000)
  expect(running.end.error).toMatchObject({ code: 'task.drain_overran', stage: 'TASK_STOP' })
  expect(await bench.committed()).toEqual({ position: 2 })
})

test('a drain without time writes nothing more', async () => {
  const bench = new Bench({ atomic: false })
  const running = await bench.source(
    sourceOf(async function* ({ signal }) {
      yield lines(0, 3)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      yield lines(3, 6)
    }),
  )
  await bench.clock.settle()
  await running.drain(0)
  expect(running.end.error).toBeUndefined()
  expect(await bench.values('t')).toEqual(values(0, 3))
  expect(await bench.committed()).toBeUndefined()
})

test('a drain while the disk is full ends in its time, uncommitted', async () => {
  const bench = new Bench({
    fault: {
      append: (_, id) => {
        if (id.startsWith('connector-producer')) throw diskFull()
      },
    },
  })
  const running = await bench.source(
    sourceOf(async function* () {
      yield lines(0, 3)
    }),
  )
  await bench.clock.advance(10_000)
  await running.drain(2_000)
  expect(running.end.error).toBeUndefined()
  expect(await bench.committed()).toBeUndefined()
})

test('a commit mark ends a unit; an abort drops what is open and still moves its offsets', async () => {
  const units: number[] = []
  const bench = new Bench({
    fault: { append: (unit, id) => void (id.startsWith('connector-producer') && units.push(unit.batches.length)) },
  })
  const running = await bench.source(
    sourceOf(
      async function* ({ sleep }) {
        yield [line(0)]
        await sleep(1_000)
        yield [line(1)]
        yield { mark: 'commit' }
        yield [line(2), line(3)]
        yield { mark: 'abort' }
        yield [line(4)]
        await sleep(1_000)
      },
      { transactional: true },
    ),
  )
  await bench.clock.advance(500)
  expect(units).toEqual([])
  await bench.clock.advance(1_000)
  expect(await bench.values('t')).toEqual(['v0', 'v1'])
  expect(await bench.committed()).toEqual({ position: 3 })
  await running.drain()
  // The transaction that was open is read again.
  expect(await bench.values('t')).toEqual(['v0', 'v1'])
  expect(await bench.committed()).toEqual({ position: 3 })
  expect(running.end.error).toBeUndefined()
})

test('encoded batches pass through as they are, behind what was yielded before', async () => {
  const bench = new Bench()
  const builder = new BatchBuilder()
  builder.append(5, 'k', 'encoded', [{ key: 'h', value: 'x' }])
  const one = builder.finish()
  builder.append(6, null, 'more', undefined)
  const batch = Buffer.concat([one, builder.finish()])
  const running = await bench.source(
    sourceOf(async function* () {
      yield [line(0)]
      yield {
        mark: 'encoded',
        topic: 't',
        kafkaPartition: 0,
        batches: batch,
        partition: { file: 'a' },
        offset: { position: 8 },
      }
    }),
  )
  await bench.clock.settle()
  expect(await bench.records('t')).toMatchObject([
    { value: 'v0' },
    { value: 'encoded', key: 'k', timestamp: 5 },
    { value: 'more' },
  ])
  expect(await bench.committed()).toEqual({ position: 8 })
  await running.drain()
})

test('encoded batches with transforms configured fail the task: the transforms could not see them', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(
      async function* () {
        yield {
          mark: 'encoded',
          topic: 't',
          kafkaPartition: 0,
          batches: new Uint8Array(0),
          partition: { file: 'a' },
          offset: {},
        }
      },
      { transforms: [judge(() => 'pass')] },
    ),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'pipeline.encoded_with_transforms' })
})

test('an offset that JSON cannot keep fails the task', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(async function* () {
      yield line(0, { offset: { position: Number.NaN } })
    }),
  )
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'offsets.not_primitive' })
  expect(await bench.values('t')).toEqual([])
})

test('lag is asked now and then, and a read that lags and brings nothing is stalled', async () => {
  const bench = new Bench()
  const running = await bench.source(
    sourceOf(async function* ({ onLag, progress, signal }) {
      onLag(() => 42)
      progress(1, 10)
      yield line(0)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }),
  )
  await bench.clock.advance(60_000)
  expect(bench.metrics).toMatchObject({ lag: 42, 'progress-done': 1, 'progress-total': 10 })
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(false)
  await bench.clock.advance(10_000)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(true)
  await running.drain()
})

test('I2: what is read again after a failed commit does not take the committed offset back', async () => {
  let commits = 0
  const bench = new Bench({
    atomic: false,
    fault: {
      append: (_, id) => {
        if (id.startsWith('connector-offsets') && commits++ < 2) throw diskFull()
      },
    },
  })
  let opened = 0
  const running = await bench.source(
    sourceOf(async function* ({ offsets, signal }) {
      opened++
      const at = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1)
      yield [line(at + 1), line(at + 2)]
      if (opened === 1) throw retry('away')
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }),
  )
  await bench.clock.advance(30_000)
  await running.drain()
  // It was opened again only once the commit was made good.
  expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2', 'v3'])
  expect(await bench.committed()).toEqual({ position: 3 })
})

test('committed offsets are copied where they are wanted as well, and nothing hangs on that', async () => {
  let away = false
  const bench = new Bench({
    fault: {
      append: (_, id) => {
        if (away && id.startsWith('connector-offsets-copy')) throw diskFull()
      },
    },
  })
  const elsewhere = new OffsetStore(bench.dependencies(), { name: 'worker-offsets', partitions: 1 })
  await elsewhere.open()
  const copied = async () => (await elsewhere.all('c')).map(({ offset }) => offset['position'])
  const gate = hanging()
  const running = await bench.source(
    sourceOf(async function* ({ signal }) {
      yield [line(0), line(1)]
      await gate.promise
      yield line(2)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }),
    { copy: elsewhere.forConnector('c') },
  )
  await bench.clock.advance(60_000)
  expect(await copied()).toEqual([1])
  away = true
  gate.end()
  await bench.clock.advance(60_000)
  expect([await bench.committed(), await copied()]).toEqual([{ position: 2 }, [1]])
  expect(bench.lines.filter(({ message }) => message.includes('cannot be copied'))).toHaveLength(1)
  away = false
  await running.drain()
  expect(await copied()).toEqual([2])
  expect(running.end.error).toBeUndefined()
})

test('a copy that hangs holds up neither commits nor the end of the task', async () => {
  const bench = new Bench({
    fault: { append: (_, id) => (id.startsWith('connector-offsets-copy') ? new Promise(() => undefined) : undefined) },
  })
  const elsewhere = new OffsetStore(bench.dependencies(), { name: 'worker-offsets', partitions: 1 })
  await elsewhere.open()
  const gate = hanging()
  const running = await bench.source(
    sourceOf(async function* ({ signal }) {
      yield line(0)
      await gate.promise
      yield line(1)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }),
    { copy: elsewhere.forConnector('c') },
  )
  await bench.clock.advance(120_000)
  gate.end()
  await bench.clock.settle()
  expect(await bench.committed()).toEqual({ position: 1 })
  await running.drain(1_000)
  expect(running.end.error).toBeUndefined()
})
