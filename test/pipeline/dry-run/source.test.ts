import { expect, test } from 'vitest'
import type { OffsetMap } from '../../../src/core/offset.js'
import { retry, type AsyncTransform, type Transform } from '../../../src/plugin/index.js'
import type { TransformStep } from '../../../src/pipeline/task-definition.js'
import { Bench, lenient, line, plainConverter, sourceOf, strict, withLetters } from '../fixture.js'
import { run, shortly } from './rig.js'

const transform = (alias: string, apply: Transform, more: Partial<TransformStep> = {}): TransformStep => ({
  alias,
  className: `test.${alias}`,
  apply,
  ...more,
})
const predicate = (holds: (value: unknown) => boolean, negate = false) => ({
  alias: 'p',
  className: 'test.P',
  test: (record: { value: unknown }) => holds(record.value),
  negate,
})
const lines = (count: number, changes = {}) =>
  sourceOf(async function* () {
    yield Array.from({ length: count }, (_, at) => line(at + 1))
  }, changes)

test('a converter that would leave something outside is asked for one that does not', async () => {
  const left: unknown[] = []
  const converter = {
    ...plainConverter,
    fromData: (_: string, __: unknown, value: unknown) => {
      left.push(value)
      return String(value)
    },
    withoutEffects: () => ({
      ...plainConverter,
      fromData: (_: string, __: unknown, value: unknown) => `dry ${String(value)}`,
    }),
  }
  const step = { className: 'test.Registering', converter }
  const told = await run(new Bench(), lines(1, { keyConverter: step, valueConverter: step, headerConverter: step }))
  expect(told.records[0]!.steps.at(-1)!.value).toMatchObject({ value: { bytes: 'dry v1' } })
  expect(left).toEqual([])
})

test('each record is shown before and after every stage, as it goes through the conversion of the real task', async () => {
  const bench = new Bench()
  const told = await run(
    bench,
    lines(2, {
      transforms: [
        transform('shout', record => ({ ...record, value: `${String(record.value)}!` })),
        transform('same', record => record),
        transform('move', record => ({ ...record, topic: 'u', headers: [{ key: 'h', value: 'x' }] })),
      ],
    }),
  )
  expect(told.stages).toEqual([
    'read',
    'transform:shout',
    'transform:same',
    'transform:move',
    'convert:header',
    'convert:key',
    'convert:value',
    'write',
  ])
  expect(shortly(told.records[1]!)).toEqual([
    'read shows',
    'transform:shout replace /value/data',
    'transform:same',
    'transform:move replace /topic, add /headers/0',
    'convert:header replace /headers/0',
    'convert:key replace /key',
    'convert:value replace /value',
  ])
  const { steps } = told.records[1]!
  expect(steps[0]!.value).toEqual({
    topic: 't',
    key: { data: null },
    value: { data: 'v2' },
    headers: [],
    source: { partition: { file: 'a' }, offset: { position: 2 } },
  })
  expect(steps[1]!.diff).toEqual([{ op: 'replace', path: '/value/data', value: 'v2!', was: 'v2' }])
  expect(steps[2]).not.toHaveProperty('value')
  expect(steps.at(-1)!.value).toEqual({
    topic: 'u',
    key: { bytes: null, size: 0 },
    value: { bytes: 'v2!', size: 3 },
    headers: [{ name: 'h', bytes: 'x', size: 1 }],
    source: { partition: { file: 'a' }, offset: { position: 2 } },
  })
  expect(told.end).toMatchObject({ read: 2, kept: 2, wouldWriteTo: { u: 2 }, missingTopics: ['u'], why: 'input-ended' })
})

test('nothing is appended, committed, made or told of a commit; the plugin has its signal and is closed', async () => {
  const bench = new Bench({ fault: { append: () => Promise.reject(new Error('something was appended')) } })
  const seen: string[] = []
  const source = sourceOf(async function* ({ onCommitted, signal, replan, progress }) {
    onCommitted(() => void seen.push('committed'))
    signal.addEventListener('abort', () => void seen.push('signal'))
    replan()
    progress(1, 2)
    try {
      for (let at = 1; ; at++) yield line(at)
    } finally {
      seen.push('closed')
    }
  })
  const before = await bench.log.topics.list()
  const { end } = await run(bench, source, { limit: 3 })
  expect(end).toMatchObject({ read: 3, why: 'limit', committed: false })
  await bench.clock.advance(120_000)
  expect(seen).toEqual(['signal', 'closed'])
  expect(await bench.log.topics.list()).toEqual(
    [...before, 'offsets'].filter((name, at, all) => all.indexOf(name) === at),
  )
  expect(await bench.log.groups.list()).toEqual([])
  expect(await bench.committed()).toBeUndefined()
  expect(bench.events).toEqual([])
})

test('a predicate is shown with its answer; what it keeps out of a transform is left out, what a transform drops names both', async () => {
  const bench = new Bench()
  const drop = (negate: boolean) =>
    transform('drop', () => null, { predicate: predicate(value => value === 'v1', negate) })
  const whole = await run(bench, lines(2, { transforms: [drop(false)] }))
  expect(whole.records.map(record => shortly(record).slice(1, 3))).toEqual([
    ['predicate:drop true', 'transform:drop drops: transform drop, since predicate p is true'],
    ['predicate:drop false', 'transform:drop left out'],
  ])
  expect(whole.end).toMatchObject({ read: 2, kept: 1, dropped: 1, wouldWriteTo: { t: 1 } })
  const negated = await run(bench, lines(1, { transforms: [drop(true)] }))
  expect(shortly(negated.records[0]!).slice(1, 3)).toEqual(['predicate:drop true', 'transform:drop left out'])
})

test('an error is shown at its stage with what the task would do, and the next record is read all the same', async () => {
  const bench = new Bench()
  const fail = transform('fail', record => {
    if (record.value === 'v1') throw new Error('no v1, s3cret')
    return record
  })
  const value = (policy: typeof strict) => run(bench, lines(2, { transforms: [fail], errors: policy }))
  const told = await value(strict)
  expect(shortly(told.records[0]!)).toEqual(['read shows', 'transform:fail fails: internal (fail)'])
  expect(told.records[0]!.steps[1]!.error).toMatchObject({
    message: 'no v1, ${env:S}',
    trace: expect.stringContaining('at '),
  })
  expect(JSON.stringify(told)).not.toContain('s3cret')
  expect(told.end).toMatchObject({ read: 2, kept: 1, failed: 1, why: 'input-ended' })
  expect(shortly((await value(lenient)).records[0]!)[1]).toBe('transform:fail fails: internal (skip)')
  expect(shortly((await value(withLetters(lenient))).records[0]!)[1]).toBe(
    'transform:fail fails: internal (dead-letter)',
  )
})

test('a transform that returns nothing, a predicate and a converter that throw, fail at their own stages', async () => {
  const bench = new Bench()
  const boom = (): never => {
    throw new Error('boom')
  }
  const broken = { className: 'test.Broken', converter: { ...plainConverter, fromData: boom } }
  const stagesOf = async (changes: object) => shortly((await run(bench, lines(1, changes))).records[0]!).at(-1)
  const nothing = transform('nothing', (() => undefined) as unknown as Transform)
  expect(await stagesOf({ transforms: [nothing] })).toBe(
    'transform:nothing fails: pipeline.transform_returned_nothing (fail)',
  )
  const asked = transform('x', record => record, { predicate: { ...predicate(() => true), test: boom } })
  expect(await stagesOf({ transforms: [asked] })).toBe('predicate:x fails: internal (fail)')
  expect(await stagesOf({ valueConverter: broken })).toBe('convert:value fails: internal (fail)')
  const header = transform('h', record => ({ ...record, headers: [{ key: 'h', value: 1 }] }))
  expect(await stagesOf({ transforms: [header], headerConverter: broken })).toBe(
    'convert:header fails: internal (fail)',
  )
})

test('what is tried again is shown once, as it came out', async () => {
  const bench = new Bench()
  let tries = 0
  const flaky = transform(
    'flaky',
    record => {
      if (++tries < 3) throw retry('not yet')
      return { ...record, value: 'at last' }
    },
    { predicate: predicate(() => true) },
  )
  const told = await run(bench, lines(1, { transforms: [flaky], errors: { ...strict, retryTimeoutMs: 60_000 } }))
  expect(shortly(told.records[0]!).slice(0, 3)).toEqual([
    'read shows',
    'predicate:flaky true',
    'transform:flaky replace /value/data',
  ])
  expect(tries).toBe(3)
})

test('headers are converted as one stage, also by a converter that waits', async () => {
  const bench = new Bench()
  const headers = [
    { key: 'a', value: 'one' },
    { key: 'b', value: 'two' },
    { key: 'a', value: 'three' },
  ]
  const source = sourceOf(
    async function* () {
      yield line(1, { headers })
    },
    {
      headerConverter: {
        className: 'test.Waiting',
        converter: {
          ...plainConverter,
          fromData: async (_topic, _schema, value) => Buffer.from(`<${String(value)}>`),
        },
      },
    },
  )
  const { steps } = (await run(bench, source)).records[0]!
  expect(steps.map(({ stage }) => stage)).toEqual(['read', 'convert:header', 'convert:key', 'convert:value'])
  expect(steps[1]!.diff!.map(({ path }) => path)).toEqual(['/headers/0', '/headers/1', '/headers/2'])
  expect(steps[1]!.value!.headers).toEqual([
    { name: 'a', bytes: '<one>', size: 5 },
    { name: 'b', bytes: '<two>', size: 5 },
    { name: 'a', bytes: '<three>', size: 7 },
  ])
})

test('a source that says nothing is waited for until its time is up, and no longer, whether it heeds its signal or not', async () => {
  for (const heeds of [true, false]) {
    const bench = new Bench()
    const source = sourceOf(async function* ({ signal }) {
      yield line(1)
      await new Promise<void>(resolve => {
        if (heeds) signal.addEventListener('abort', () => resolve(), { once: true })
      })
    })
    const { end } = await run(bench, source, { timeoutMs: 3_000 })
    expect(end).toMatchObject({ read: 1, why: 'timeout' })
    expect(end.ms).toBeLessThanOrEqual(3_000 + 1_100)
  }
})

test('what reading throws ends it with its stage, and says whether a task would try again', async () => {
  const bench = new Bench()
  const failing = (error: unknown) =>
    sourceOf(async function* () {
      yield line(1)
      throw error
    })
  const told = await run(bench, failing(new Error('table t is gone')))
  expect(told.records).toHaveLength(1)
  expect(told.end).toMatchObject({
    read: 1,
    why: 'failed',
    error: { code: 'internal', message: 'table t is gone', stage: 'TASK_POLL', passes: false },
  })
  const away = await run(bench, failing(retry('the database is away', { code: 'db.away' })))
  expect(away.end.error).toMatchObject({ code: 'db.away', passes: true })
  const broken = sourceOf(() => {
    throw new Error('cannot open')
  })
  expect((await run(bench, broken)).end.error).toMatchObject({ message: 'cannot open', stage: 'TASK_START' })
})

test('it begins at what is committed', async () => {
  const bench = new Bench()
  const store = await bench.offsets()
  await store.write('c', [{ partition: { file: 'a' }, offset: { position: 7 } }])
  await store.close()
  let from: OffsetMap | undefined
  const source = sourceOf(async function* ({ offsets }) {
    from = await offsets.last({ file: 'a' })
    yield line(8)
  })
  await run(bench, source)
  expect(from).toEqual({ position: 7 })
})

test('whoever looks no more ends it', async () => {
  const bench = new Bench()
  const looking = new AbortController()
  let closed = false
  const source = sourceOf(async function* () {
    try {
      for (let at = 1; ; at++) yield line(at)
    } finally {
      closed = true
    }
  })
  const { end } = await run(bench, source, {
    limit: 100,
    signal: looking.signal,
    onEvent: event => {
      if ('record' in event && event.record === 5) looking.abort()
    },
  })
  expect(end.read).toBeLessThan(100)
  expect(closed).toBe(true)
})

test('a transform and a predicate that wait are shown as any other', async () => {
  const bench = new Bench()
  const waiting = transform('w', (async record => ({ ...record, value: 'waited' })) as AsyncTransform as Transform, {
    predicate: { ...predicate(() => true), test: async record => record.value === 'v1' },
  })
  const told = await run(bench, lines(2, { transforms: [waiting] }))
  expect(told.records.map(record => shortly(record).slice(1, 3))).toEqual([
    ['predicate:w true', 'transform:w replace /value/data'],
    ['predicate:w false', 'transform:w left out'],
  ])
})
