import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import type { LogClient } from '../../src/ports/log.js'
import { StatusFold, isSafeToWrite, statusRecord, type StoredStatus } from '../../src/stores/status-fold.js'
import { StatusStore } from '../../src/stores/status-store.js'
import { compacted, readMarked, readRaw, storeBench, writeRaw } from './fixture.js'

const topic = { name: 'connect-status', partitions: 3 }
const status = (changes: Partial<StoredStatus> = {}): StoredStatus => ({
  state: 'RUNNING',
  trace: null,
  workerId: 'h:8083',
  generation: 3,
  version: '4.3.0',
  ...changes,
})
const folded = (...records: { key: string; value: string | null }[]) => {
  const fold = new StatusFold()
  for (const { key, value } of records) fold.apply({ partition: 0, key, value, mark: null })
  return fold
}
const zero = { connector: 'my-c', task: 0 }

test('records have the bytes that Connect writes', () => {
  expect(statusRecord.status({ connector: 'c' }, status())).toEqual({
    key: 'status-connector-c',
    value: '{"state":"RUNNING","trace":null,"worker_id":"h:8083","generation":3,"version":"4.3.0"}',
  })
  expect(statusRecord.status(zero, status({ state: 'FAILED', trace: 'a\n\tb\n', version: null }))).toEqual({
    key: 'status-task-my-c-0',
    value: '{"state":"FAILED","trace":"a\\n\\tb\\n","worker_id":"h:8083","generation":3,"version":null}',
  })
  expect(statusRecord.status(zero, null)).toEqual({ key: 'status-task-my-c-0', value: null })
  expect(statusRecord.topic({ topic: 't', connector: 'c', task: 0, discoverTimestamp: 1_700_000_000_000 })).toEqual({
    key: 'status-topic-t:connector-c',
    value: '{"topic":{"name":"t","connector":"c","task":0,"discoverTimestamp":1700000000000}}',
  })
})

test('statuses are folded by connector and task, in task order; a tombstone forgets one', () => {
  const fold = folded(
    statusRecord.status({ connector: 'my-c' }, status()),
    statusRecord.status({ connector: 'my-c', task: 10 }, status()),
    statusRecord.status({ connector: 'my-c', task: 2 }, status({ state: 'PAUSED' })),
    statusRecord.status(zero, status()),
    statusRecord.status(zero, null),
  )
  expect([...fold.tasks('my-c').keys()]).toEqual([2, 10])
  expect(fold.get({ connector: 'my-c', task: 2 })?.state).toBe('PAUSED')
  expect(fold.get(zero)).toBeUndefined()
  expect(fold.connectors()).toEqual(['my-c'])
})

test('a late UNASSIGNED of an old owner does not hide that the task runs', () => {
  const running = statusRecord.status(zero, status({ generation: 5 }))
  for (const [generation, expected] of [
    [4, 'RUNNING'],
    [5, 'RUNNING'],
    [6, 'UNASSIGNED'],
  ] as const) {
    const late = statusRecord.status(zero, status({ state: 'UNASSIGNED', generation }))
    expect(folded(running, late).get(zero)?.state).toBe(expected)
  }
  const paused = statusRecord.status(zero, status({ state: 'PAUSED', generation: 5 }))
  const late = statusRecord.status(zero, status({ state: 'UNASSIGNED', generation: 4 }))
  expect(folded(paused, late).get(zero)?.state).toBe('UNASSIGNED')
})

test('a safe write is skipped only when another worker with a newer generation has spoken', () => {
  const cached = status({ workerId: 'other:1', generation: 4 })
  for (const state of ['UNASSIGNED', 'FAILED'] as const) {
    expect(isSafeToWrite(cached, status({ state, generation: 3 }))).toBe(false)
    expect(isSafeToWrite(cached, status({ state, generation: 4 }))).toBe(true)
    expect(isSafeToWrite(status({ generation: 4 }), status({ state, generation: 3 }))).toBe(true)
    expect(isSafeToWrite(undefined, status({ state }))).toBe(true)
  }
  for (const state of ['RUNNING', 'PAUSED', 'STOPPED', 'RESTARTING'] as const)
    expect(isSafeToWrite(cached, status({ state, generation: 3 }))).toBe(true)
})

test('topics are kept by connector; the key splits at its first colon', () => {
  const use = { topic: 't', connector: 'a:connector-b', task: 1, discoverTimestamp: 5 }
  const fold = folded(statusRecord.topic(use), statusRecord.topic({ ...use, topic: 'u' }))
  expect(fold.topics('a:connector-b').map(({ topic }) => topic)).toEqual(['t', 'u'])
  const { key, value } = statusRecord.topicRemoved('a:connector-b', 't')
  fold.apply({ partition: 0, key, value, mark: null })
  expect(fold.topics('a:connector-b').map(({ topic }) => topic)).toEqual(['u'])
})

test('malformed records throw and change nothing', () => {
  for (const [key, value] of [
    ['status-connector-c', '{"state":"SINGING","worker_id":"w","generation":0}'],
    ['status-connector-c', '{"state":"RUNNING","worker_id":1,"generation":0}'],
    ['status-connector-c', 'null'],
    ['status-task-c', '{}'],
    ['status-task-c-x', '{}'],
    ['status-topic-t', '{}'],
    ['status-topic-t:connector-c', '{"topic":{}}'],
  ]) {
    const fold = new StatusFold()
    expect(() => fold.apply({ partition: 0, key: key!, value: value!, mark: null }), key).toThrow(/malformed/)
    expect(fold.connectors()).toEqual([])
    expect(fold.topics('c')).toEqual([])
  }
})

test('a write can be read at once, and by others', async () => {
  const bench = storeBench()
  const store = new StatusStore(bench, topic)
  await store.open()
  let told = 0
  store.subscribe(() => told++)
  await store.put(zero, status())
  expect(store.view.get(zero)).toEqual(status())
  expect(told).toBeGreaterThan(0)
  await store.put(zero, status({ state: 'FAILED', generation: 2, workerId: 'old:1' }))
  expect(store.view.get(zero)?.state).toBe('RUNNING')
  await store.putTopic({ topic: 't', connector: 'my-c', task: 0, discoverTimestamp: 1 })
  await store.putTopic({ topic: 't', connector: 'my-c', task: 1, discoverTimestamp: 2 })
  expect(store.view.topics('my-c')).toEqual([{ topic: 't', connector: 'my-c', task: 0, discoverTimestamp: 1 }])
  await store.removeTopics('my-c')
  await store.remove(zero)
  expect(store.view.connectors()).toEqual([])
  expect(store.view.topics('my-c')).toEqual([])
  expect(await readRaw(bench.log, topic.name)).toHaveLength(4)
  await store.close()
})

test('while the log is away a status waits, and gives way to a later one', async () => {
  const bench = storeBench()
  let away = true
  const log: LogClient = {
    ...bench.log,
    openReader: options => bench.log.openReader(options),
    close: () => bench.log.close(),
    openWriter: options => {
      const writer = bench.log.openWriter(options)
      return {
        append: unit =>
          away
            ? Promise.reject(new MillraceError('log.disk_full', 'Full.', { disposition: 'retry' }))
            : writer.append(unit),
        fence: () => writer.fence(),
        close: () => writer.close(),
      }
    },
  }
  const store = new StatusStore({ ...bench, log }, topic)
  await store.open()
  const writes = [store.put(zero, status({ state: 'RESTARTING' })), store.put(zero, status())]
  await bench.clock.advance(10_000)
  away = false
  await bench.clock.advance(1_000)
  await Promise.all(writes)
  expect(await readRaw(bench.log, topic.name)).toHaveLength(1)
  expect(store.view.get(zero)?.state).toBe('RUNNING')
  await store.close()
})

const epoch = (offset: number) => ({ term: 1, offset })

test('R23, R24: what an old owner says late is ignored, whatever its generation, and is written over', async () => {
  const bench = storeBench()
  const [old, now] = [new StatusStore(bench, topic), new StatusStore({ ...bench, log: bench.connect() }, topic)]
  await Promise.all([old.open(), now.open()])
  await old.put(zero, status({ workerId: 'old' }), epoch(5))
  await now.put(zero, status({ workerId: 'now' }), epoch(9))
  await old.put(zero, status({ state: 'PAUSED', workerId: 'old', generation: 9 }), epoch(5))
  await now.readToEnd()
  for (const store of [old, now]) expect(store.view.get(zero)).toMatchObject({ state: 'RUNNING', workerId: 'now' })
  expect(now.highestTerm).toBe(1)
  expect(now.stale()).toMatchObject([{ key: 'status-task-my-c-0', connector: 'my-c', task: 0 }])
  await now.repair(() => true)
  expect(now.stale()).toEqual([])
  await Promise.all([old.close(), now.close()])
  const later = new StatusStore(await compacted(bench, topic), topic)
  await later.open()
  expect(later.view.get(zero)).toMatchObject({ state: 'RUNNING', workerId: 'now' })
  await later.close()
})

test('the owner’s own UNASSIGNED is believed; marks say that it came later', async () => {
  const bench = storeBench()
  const store = new StatusStore(bench, topic)
  await store.open()
  await store.put(zero, status(), epoch(5))
  await store.put(zero, status({ state: 'UNASSIGNED' }), epoch(5))
  expect(store.view.get(zero)?.state).toBe('UNASSIGNED')
  await store.close()
})

test('a deleted status stays deleted, whatever its last owner still says', async () => {
  const bench = storeBench()
  const store = new StatusStore(bench, topic)
  await store.open()
  await store.put(zero, status(), epoch(5))
  await store.remove(zero, epoch(7))
  await store.put(zero, status({ state: 'PAUSED' }), epoch(5))
  expect(store.view.get(zero)).toBeUndefined()
  await store.close()
})

test('a store that is opened anew under the same grant is still heard', async () => {
  const bench = storeBench()
  for (const state of ['RUNNING', 'PAUSED', 'RUNNING'] as const) {
    const store = new StatusStore({ ...bench, log: bench.connect() }, topic)
    await store.open()
    await store.put(zero, status({ state }), epoch(5))
    expect(store.view.get(zero)?.state).toBe(state)
    await store.close()
  }
})

test('without peers records have no mark, and what Connect writes counts beside marked ones', async () => {
  const bench = storeBench()
  const store = new StatusStore(bench, topic)
  await store.open()
  await store.put(zero, status())
  expect(await readMarked(bench.log, topic.name)).toMatchObject([{ headers: [] }])
  await store.put(zero, status(), epoch(5))
  await writeRaw(bench, topic, [statusRecord.status(zero, status({ state: 'PAUSED', workerId: 'java' }))])
  await store.readToEnd()
  expect(store.view.get(zero)).toMatchObject({ state: 'PAUSED', workerId: 'java' })
  await store.close()
})
