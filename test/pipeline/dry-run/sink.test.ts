import { expect, test } from 'vitest'
import { defineSink } from '../../../src/plugin/index.js'
import { Bench, sinkOf } from '../fixture.js'
import { run, shortly } from './rig.js'

const untouched = (changes = {}) =>
  sinkOf(() => {
    throw new Error('it was opened')
  }, changes)

const offsetsOf = (records: readonly { steps: readonly { value?: { offset?: number } }[] }[]) =>
  records.map(({ steps }) => steps[0]!.value!.offset)

test('raw bytes, what they are converted to, and each transform are shown; the plugin is not opened, no group made', async () => {
  const bench = new Bench()
  await bench.produce('t', ['a', 'b'])
  const told = await run(
    bench,
    untouched({
      transforms: [
        { alias: 'shout', className: 'test.Shout', apply: (record: object) => ({ ...record, value: 'A!' }) },
      ],
    }),
  )
  expect(told.stages).toEqual(['fetch', 'convert:key', 'convert:value', 'convert:header', 'transform:shout', 'write'])
  expect(shortly(told.records[0]!)).toEqual([
    'fetch shows',
    'convert:key replace /key',
    'convert:value replace /value',
    'convert:header replace /headers/0',
    'transform:shout replace /value/data',
  ])
  expect(told.records[0]!.steps[0]!.value).toMatchObject({
    topic: 't',
    partition: 0,
    offset: 0,
    key: { bytes: 'k-a', size: 3 },
    value: { bytes: 'a', size: 1 },
    headers: [{ name: 'h', bytes: 'x', size: 1 }],
  })
  expect(told.records[0]!.steps.at(-1)!.value).toMatchObject({ key: { data: 'k-a' }, value: { data: 'A!' } })
  expect(told.end).toMatchObject({ read: 2, kept: 2, wouldWriteTo: {}, why: 'topics-ended', missingTopics: [] })
  expect(await bench.log.groups.list()).toEqual([])
})

test('it begins at what the group has committed, else at the first record; and leaves the commit as it was', async () => {
  const bench = new Bench()
  await bench.produce('t', ['a', 'b', 'c'], 2)
  await bench.produce('t', ['d', 'e'], 2, 1)
  await bench.log.groups.commit('connect-c', [{ topic: 't', partition: 0, offset: 2, metadata: 'note' }])
  const values = async (options: Parameters<typeof run>[2]) =>
    (await run(bench, untouched(), options)).records.map(
      ({ steps }) => (steps[0]!.value!.value as { bytes: string }).bytes,
    )
  expect((await values({})).toSorted()).toEqual(['c', 'd', 'e'])
  expect((await values({ from: 'earliest' })).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
  const at = (partition: number, offset: number | null) => ({
    partition: { kafka_topic: 't', kafka_partition: partition },
    offset: offset === null ? null : { kafka_offset: offset },
  })
  expect(await values({ from: [at(0, 1)] })).toEqual(['b', 'c'])
  expect(await values({ from: [at(1, null)] })).toEqual(['d', 'e'])
  // What the log does not have is no place to begin.
  expect(await values({ from: [at(0, 99)] })).toEqual(['a', 'b', 'c'])
  expect(await bench.groupOffset()).toEqual({ offset: 2, metadata: 'note' })
})

test('from latest on it waits for what comes, until its time is up', async () => {
  const bench = new Bench()
  await bench.produce('t', ['old'])
  const told = await run(bench, untouched(), {
    from: 'latest',
    timeoutMs: 5_000,
    onEvent: event => {
      if ('stages' in event) bench.clock.setTimer(() => void bench.produce('t', ['new']), 1_000)
    },
  })
  expect(told.end).toMatchObject({ why: 'timeout' })
  expect(offsetsOf(told.records)).toEqual([1])
})

test('only so many as asked for are read, and a topic that is not there is named and not made', async () => {
  const bench = new Bench()
  await bench.produce('t', ['a', 'b', 'c'])
  const topics = { names: ['t', 'missing'] }
  const told = await run(bench, untouched({ topics }), { limit: 2 })
  expect(told.end).toMatchObject({ read: 2, why: 'limit', missingTopics: ['missing'] })
  const none = await run(bench, untouched({ topics: { names: ['missing'] } }))
  expect(none.end).toMatchObject({ read: 0, why: 'no-topics', missingTopics: ['missing'] })
  expect(await bench.log.topics.list()).not.toContain('missing')
})

test('its outside system is looked for first, by the check of the plugin', async () => {
  const bench = new Bench()
  await bench.produce('t', ['a'])
  const plugin = (check: () => void) =>
    defineSink({ name: 's', version: '1', summary: 'S.', config: {}, check, open: () => ({ put: () => undefined }) })
  const away = plugin(() => {
    throw new Error('connection refused')
  })
  const told = await run(bench, untouched({ plugin: away }))
  expect(told.end).toMatchObject({
    why: 'failed',
    error: { message: 'connection refused', stage: 'TASK_START' },
  })
  expect((await run(bench, untouched({ plugin: plugin(() => undefined) }))).end).toMatchObject({ read: 1 })
})
