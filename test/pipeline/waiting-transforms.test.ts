import { expect, test } from 'vitest'
import { retry, type AsyncTransform, type Transform } from '../../src/plugin/index.js'
import type { TransformStep } from '../../src/pipeline/task-definition.js'
import { Bench, lenient, line, sinkOf, sinkValues, sourceOf, strict } from './fixture.js'

const step = (apply: Transform | AsyncTransform, more: Partial<TransformStep> = {}): TransformStep => ({
  alias: 'x',
  className: 'test.X',
  apply,
  ...more,
})
const append =
  (mark: string): AsyncTransform =>
  async record => {
    await Promise.resolve()
    return { ...record, value: `${String(record.value)}${mark}` }
  }
const appendNow =
  (mark: string): Transform =>
  record => ({ ...record, value: `${String(record.value)}${mark}` })
const odd = async (record: { value: unknown }): Promise<boolean> => Number(String(record.value)[1]) % 2 === 1
const predicate = (negate: boolean) => ({ alias: 'odd', className: 'test.Odd', test: odd, negate })

const through = async (transforms: readonly TransformStep[], errors = strict): Promise<(string | null)[]> => {
  const bench = new Bench()
  const source = sourceOf(
    async function* () {
      yield [1, 2, 3, 4].map(at => line(at))
    },
    { transforms, errors },
  )
  const running = await bench.source(source)
  await bench.clock.advance(2_000)
  await running.drain()
  return bench.values('t')
}

test('transforms and predicates that wait and that do not may follow each other, and records keep their order', async () => {
  const mixed = [step(appendNow('a')), step(append('b'), { predicate: predicate(false) }), step(appendNow('c'))]
  expect(await through(mixed)).toEqual(['v1abc', 'v2ac', 'v3abc', 'v4ac'])
  expect(await through([step(append('a')), step(append('b'), { predicate: predicate(true) })])).toEqual([
    'v1a',
    'v2ab',
    'v3a',
    'v4ab',
  ])
})

test('one that waits may drop a record, and what comes after it does not see that', async () => {
  const drop: AsyncTransform = async record => (record.value === 'v2' ? null : record)
  expect(await through([step(drop), step(append('b')), step(appendNow('c'))])).toEqual(['v1bc', 'v3bc', 'v4bc'])
})

test('a rejection is a failure of its stage: set aside, or tried again from there', async () => {
  let seen = 0
  let failures = 0
  const counting: AsyncTransform = async record => {
    seen++
    return record
  }
  const flaky: AsyncTransform = async record => {
    if (record.value === 'v2' && failures++ < 2) throw retry('not yet')
    if (record.value === 'v3') throw new Error('never')
    return record
  }
  const patient = { ...lenient, retryTimeoutMs: 60_000 }
  expect(await through([step(counting), step(flaky)], patient)).toEqual(['v1', 'v2', 'v4'])
  expect([seen, failures]).toEqual([4, 3])
})

test('one that resolves to nothing has not dropped the record', async () => {
  const bench = new Bench()
  const nothing = (async () => undefined) as unknown as AsyncTransform
  const source = sourceOf(
    async function* () {
      yield line(1)
    },
    { transforms: [step(nothing)] },
  )
  const running = await bench.source(source)
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'pipeline.transform_returned_nothing', stage: 'TRANSFORMATION' })
})

test('a sink waits for its transforms as well', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v1', 'v2', 'v3'])
  const got: string[] = []
  const running = bench.sink(
    sinkOf(() => ({ put: records => void got.push(...sinkValues(records)) }), {
      transforms: [step(append('a'), { predicate: predicate(false) }), step(appendNow('b')), step(append('c'))],
    }),
  )
  await bench.clock.advance(2_000)
  await running.drain()
  expect(got).toEqual(['v1abc', 'v2bc', 'v3abc'])
})
