import { describe, expect, test } from 'vitest'
import { ConfigFold, tasksDiffer, type ConfigChange } from '../../src/stores/config-fold.js'
import { configRecord } from '../../src/stores/config-record.js'
import { ConfigStore } from '../../src/stores/config-store.js'
import type { StateRecord } from '../../src/stores/state-topic.js'
import { compacted, readMarked, readRaw, storeBench, writeRaw } from './fixture.js'

const topic = { name: 'connect-configs' }
const task = (number: number, value = 'x') => configRecord.task({ connector: 'c-1', task: number }, { n: value })

function folded(...records: StateRecord[]): ConfigFold {
  const fold = new ConfigFold()
  records.forEach(({ key, value }, offset) => fold.apply(offset, key, value))
  return fold
}
const created = configRecord.connector('c-1', { a: '1' })

test('records have the bytes that Connect writes', () => {
  expect([
    configRecord.connector('c', { b: '1', a: null }),
    configRecord.connector('c', null),
    configRecord.task({ connector: 'c', task: 2 }, { 'task.class': 'T' }),
    configRecord.commit('c', 2),
    configRecord.targetState('c', 'STOPPED'),
    configRecord.targetState('c', 'STARTED'),
    configRecord.targetState('c', null),
    configRecord.tasksFencing('c', 2),
    configRecord.sessionKey({ key: 'a2V5', algorithm: 'HmacSHA256', creationTimestamp: 1_700_000_000_000 }),
    configRecord.restart('c', true, false),
    configRecord.loggerLevel('org.x', 'DEBUG'),
  ]).toEqual([
    { key: 'connector-c', value: '{"properties":{"b":"1","a":null}}' },
    { key: 'connector-c', value: null },
    { key: 'task-c-2', value: '{"properties":{"task.class":"T"}}' },
    { key: 'commit-c', value: '{"tasks":2}' },
    { key: 'target-state-c', value: '{"state":"PAUSED","state.v2":"STOPPED"}' },
    { key: 'target-state-c', value: '{"state":"STARTED","state.v2":"STARTED"}' },
    { key: 'target-state-c', value: null },
    { key: 'tasks-fencing-c', value: '{"task-count":2}' },
    { key: 'session-key', value: '{"key":"a2V5","algorithm":"HmacSHA256","creation-timestamp":1700000000000}' },
    { key: 'restart-connector-c', value: '{"include-tasks":true,"only-failed":false}' },
    { key: 'logger-cluster-org.x', value: '{"level":"DEBUG"}' },
  ])
})

test('task configurations are seen after their commit record only, and all at once', () => {
  const before = folded(created, task(0), task(1))
  expect(before.connector('c-1')).toMatchObject({
    tasks: [],
    taskGeneration: -1,
    tasksOffset: -1,
    targetState: 'STARTED',
  })
  const after = folded(created, task(0), task(1), configRecord.commit('c-1', 2), task(0, 'y'))
  expect(after.connector('c-1')).toMatchObject({
    tasks: [{ n: 'x' }, { n: 'x' }],
    taskGeneration: 0,
    inconsistent: false,
    pendingFencing: true,
    appliedConfig: { a: '1' },
  })
  expect(after.offset).toBe(5)
})

test('each commit with tasks is a new generation; fewer tasks leave the rest behind', () => {
  const fold = folded(
    created,
    task(0),
    task(1),
    configRecord.commit('c-1', 2),
    task(0, 'y'),
    configRecord.commit('c-1', 1),
  )
  expect(fold.connector('c-1')).toMatchObject({ tasks: [{ n: 'y' }], taskGeneration: 1, tasksOffset: 5 })
})

test('a commit of no tasks empties them and is no new generation', () => {
  const fold = folded(created, task(0), configRecord.commit('c-1', 1), configRecord.commit('c-1', 0))
  expect(fold.connector('c-1')).toMatchObject({ tasks: [], taskGeneration: 0, inconsistent: false })
})

test('an incomplete set makes the connector inconsistent, without tasks, until a complete one comes', () => {
  const records = [created, task(1), configRecord.commit('c-1', 2)]
  expect(folded(...records).connector('c-1')).toMatchObject({ tasks: [], inconsistent: true, taskGeneration: -1 })
  // What was buffered for the bad commit does not count for the next.
  const still = [...records, task(0), configRecord.commit('c-1', 2)]
  expect(folded(...still).connector('c-1')).toMatchObject({ inconsistent: true })
  const mended = [...still, task(0), task(1), configRecord.commit('c-1', 2)]
  expect(folded(...mended).connector('c-1')).toMatchObject({ inconsistent: false, tasks: [{ n: 'x' }, { n: 'x' }] })
})

test('task records beyond the count, left by a larger set, do no harm', () => {
  const fold = folded(created, task(5), task(0), configRecord.commit('c-1', 1))
  expect(fold.connector('c-1')).toMatchObject({ tasks: [{ n: 'x' }], inconsistent: false })
})

test('a count that no log could hold is refused without building it', () => {
  const fold = folded(created, { key: 'commit-c-1', value: '{"tasks":4000000000}' })
  expect(fold.connector('c-1')).toMatchObject({ inconsistent: true, tasks: [] })
})

test('the commit of a connector that is gone is ignored, and its remains with it', () => {
  const fold = folded(task(0), configRecord.commit('c-1', 1), created)
  expect(fold.connector('c-1')).toMatchObject({ tasks: [], taskGeneration: -1, inconsistent: false })
})

test('deletion forgets tasks and state; the same name begins anew', () => {
  const deleted = [
    created,
    configRecord.targetState('c-1', 'PAUSED'),
    task(0),
    configRecord.commit('c-1', 1),
    configRecord.connector('c-1', null),
    configRecord.targetState('c-1', null),
  ]
  expect(folded(...deleted).connectors()).toEqual([])
  const again = folded(...deleted, created)
  expect(again.connector('c-1')).toMatchObject({ targetState: 'STARTED', tasks: [], taskGeneration: -1 })
})

test('the initial state comes before the connector and holds from its first moment', () => {
  const fold = folded(configRecord.targetState('c-1', 'STOPPED'))
  expect(fold.connectors()).toEqual([])
  expect(folded(configRecord.targetState('c-1', 'STOPPED'), created).connector('c-1')?.targetState).toBe('STOPPED')
})

test('state.v2 counts where it is there, and a tombstone means STARTED', () => {
  const old = { key: 'target-state-c-1', value: '{"state":"PAUSED"}' }
  const both = { key: 'target-state-c-1', value: '{"state":"PAUSED","state.v2":"STOPPED"}' }
  expect(folded(created, old).connector('c-1')?.targetState).toBe('PAUSED')
  expect(folded(created, both).connector('c-1')?.targetState).toBe('STOPPED')
  expect(folded(created, both, { key: 'target-state-c-1', value: null }).connector('c-1')?.targetState).toBe('STARTED')
})

test('a fencing record ends pending fencing and is remembered', () => {
  const fold = folded(created, task(0), configRecord.commit('c-1', 1), configRecord.tasksFencing('c-1', 1))
  expect(fold.connector('c-1')).toMatchObject({ pendingFencing: false, fencedTaskCount: 1 })
})

test('names may hold dashes and other records’ prefixes', () => {
  const name = 'target-state-task-1'
  const fold = folded(
    configRecord.connector(name, { a: '1' }),
    configRecord.task({ connector: name, task: 0 }, { b: '2' }),
    configRecord.commit(name, 1),
  )
  expect(fold.connector(name)).toMatchObject({ tasks: [{ b: '2' }] })
})

test('bad records throw, one by one, and count as read', () => {
  const bad: [string, string | null][] = [
    ['connector-x', '[]'],
    ['connector-x', '{"properties":{"a":1}}'],
    ['connector-x', '{}'],
    ['connector-x', 'no json'],
    ['task-x', '{"properties":{}}'],
    ['task-x-1', null],
    ['commit-x', null],
    ['commit-x', '{"tasks":-1}'],
    ['target-state-x', '{"state":"DANCING"}'],
    ['session-key', null],
    ['restart-connector-x', '{"include-tasks":"yes"}'],
    ['tasks-fencing-x', '{}'],
    ['logger-cluster-x', '{}'],
  ]
  bad.forEach(([key, value], offset) => {
    const fold = new ConfigFold()
    expect(() => fold.apply(offset, key, value), `${key} ${value}`).toThrow(/./)
    expect(fold.offset).toBe(offset + 1)
    expect(fold.connectors()).toEqual([])
  })
  expect(new ConfigFold().apply(0, 'millrace-leader', '7')).toBeUndefined()
})

test('tasks are published anew when their number, content or connector configuration differs', () => {
  const at = (...records: StateRecord[]) => folded(...records).connector('c-1')!
  const published = [created, task(0), configRecord.commit('c-1', 1)]
  expect(tasksDiffer(at(created), [])).toBe(true)
  expect(tasksDiffer(at(...published), [{ n: 'x' }])).toBe(false)
  expect(tasksDiffer(at(...published), [{ n: 'y' }])).toBe(true)
  expect(tasksDiffer(at(...published), [{ n: 'x', m: null }])).toBe(true)
  expect(tasksDiffer(at(...published), [])).toBe(true)
  expect(tasksDiffer(at(...published, configRecord.connector('c-1', { a: '2' })), [{ n: 'x' }])).toBe(true)
})

test('a write resolves once it has been read back, in the order that readers need', async () => {
  const bench = storeBench()
  const store = new ConfigStore(bench, topic)
  await store.open()
  const changes: ConfigChange[] = []
  store.subscribe(change => changes.push(change))
  await store.putConnector('c', { a: '1' }, 'PAUSED')
  expect(store.view.connector('c')).toMatchObject({ config: { a: '1' }, targetState: 'PAUSED' })
  await store.putTasks('c', [{ t: '0' }, { t: '1' }])
  expect(store.view.connector('c')?.tasks).toEqual([{ t: '0' }, { t: '1' }])
  await store.setTargetState('c', 'STOPPED')
  await store.put(configRecord.restart('c', true, true))
  await store.deleteConnector('c')
  expect(store.view.connectors()).toEqual([])
  expect((await readRaw(bench.log, topic.name)).map(([key]) => key)).toEqual([
    'target-state-c',
    'connector-c',
    'task-c-0',
    'task-c-1',
    'commit-c',
    'target-state-c',
    'restart-connector-c',
    'connector-c',
    'target-state-c',
  ])
  expect(changes.map(({ type }) => type)).toEqual([
    'target-state',
    'connector',
    'tasks',
    'target-state',
    'restart',
    'connector-removed',
    'target-state',
  ])
  await store.close()
})

test('restart requests and log levels from before the start are history', async () => {
  const bench = storeBench()
  await writeRaw(bench, { ...topic, partitions: 1 }, [created, configRecord.restart('c-1', true, true)])
  const changes: ConfigChange[] = []
  const store = new ConfigStore(bench, topic)
  store.subscribe(change => changes.push(change))
  await store.open()
  expect(store.view.connectors()).toEqual(['c-1'])
  expect(changes).toEqual([])
  await store.close()
})

test('a config topic with several partitions is refused', async () => {
  const bench = storeBench()
  await bench.log.topics.create({ ...topic, partitions: 2, config: { 'cleanup.policy': 'compact' } })
  await expect(new ConfigStore(bench, topic).open()).rejects.toMatchObject({ code: 'stores.topic_partitions' })
})

test('two stores on one topic see each other’s writes', async () => {
  const bench = storeBench()
  const [here, there] = [new ConfigStore(bench, topic), new ConfigStore({ ...bench, log: bench.connect() }, topic)]
  await Promise.all([here.open(), there.open()])
  await here.putConnector('c', { a: '1' })
  await there.readToEnd()
  expect(there.view.connector('c')?.config).toEqual({ a: '1' })
  await Promise.all([here.close(), there.close()])
})

describe('in a cluster', () => {
  const led = async (bench: ReturnType<typeof storeBench>) => {
    const store = new ConfigStore({ ...bench, log: bench.connect() }, topic, { led: true })
    await store.open()
    return store
  }

  test('only who leads writes; what it writes says by which leader, and for which command', async () => {
    const bench = storeBench()
    const store = await led(bench)
    await expect(store.putConnector('c', { a: '1' })).rejects.toMatchObject({ code: 'stores.not_leader' })
    await store.lead(3, 'g')
    await store.putConnector('c', { a: '1' }, 'PAUSED', '7-1')
    store.follow()
    await expect(store.putConnector('c', { a: '2' })).rejects.toMatchObject({ code: 'stores.not_leader' })
    const records = await readMarked(bench.log, topic.name)
    expect(records.map(({ key, value, headers }) => [key, value, headers[0]?.value])).toEqual([
      ['millrace-leader', '{"term":3,"cluster":"g"}', '[3,0]'],
      ['target-state-c', '{"state":"PAUSED","state.v2":"PAUSED"}', '[3,1]'],
      ['connector-c', '{"properties":{"a":"1"}}', '[3,2,"7-1"]'],
    ])
    expect(store.highestTerm).toBe(3)
    await store.close()
  })

  test('R27 to R29: from its first record on only the newest leader’s writes count, and the other hears that its own did not', async () => {
    const bench = storeBench()
    const [old, now] = [await led(bench), await led(bench)]
    await old.lead(1, 'g')
    await old.putConnector('c', { a: '1' })
    await now.lead(2, 'g')
    expect(now.view.connector('c')?.config).toEqual({ a: '1' })
    await expect(old.putConnector('c', { a: 'zombie' }, undefined, '1-1')).rejects.toMatchObject({
      code: 'stores.fenced',
    })
    await expect(old.lead(2, 'g')).rejects.toMatchObject({ code: 'stores.fenced' })
    await now.readToEnd()
    for (const store of [old, now]) {
      expect(store.view.connector('c')?.config).toEqual({ a: '1' })
      expect(store.knows('1-1')).toBe(false)
      expect(store.view.offset).toBe(4)
    }
    await Promise.all([old.close(), now.close()])
  })

  test('R28: a late duplicate undoes nothing', async () => {
    const bench = storeBench()
    const store = await led(bench)
    await store.lead(1, 'g')
    await store.putConnector('c', { a: '1' })
    await store.putConnector('c', { a: '2' })
    const first = { ...configRecord.connector('c', { a: '1' }), mark: '[1,1]' }
    await writeRaw(bench, { ...topic, partitions: 1 }, [first])
    await store.readToEnd()
    expect(store.view.connector('c')?.config).toEqual({ a: '2' })
    expect(store.stale()).toEqual(['connector-c'])
    await store.close()
  })

  test('R30: a command that was carried out is known to who leads next', async () => {
    const bench = storeBench()
    const [old, now] = [await led(bench), await led(bench)]
    await old.lead(1, 'g')
    await old.putConnector('c', { a: '1' }, undefined, '1-1')
    await old.putTasks('c', [{ t: '0' }], '1-2')
    await now.lead(2, 'g')
    expect(['1-1', '1-2', '1-3'].map(command => now.knows(command))).toEqual([true, true, false])
    await Promise.all([old.close(), now.close()])
  })

  test('a record without mark is Connect’s own, and counts', async () => {
    const bench = storeBench()
    const store = await led(bench)
    await store.lead(4, 'g')
    await writeRaw(bench, { ...topic, partitions: 1 }, [created])
    await store.readToEnd()
    expect(store.view.connectors()).toEqual(['c-1'])
    await store.close()
  })

  test('what ignored records would leave to compaction is written again: all that counts, and sets of tasks as a whole', async () => {
    const bench = storeBench()
    const [old, now] = [await led(bench), await led(bench)]
    await old.lead(1, 'g')
    await old.putConnector('c', { a: '1' }, 'PAUSED')
    await old.putTasks('c', [{ t: '0' }, { t: '1' }])
    await old.put(configRecord.tasksFencing('c', 2))
    await old.put(configRecord.sessionKey({ key: 'a', algorithm: 'b', creationTimestamp: 1 }))
    await now.lead(2, 'g')
    const zombie = [
      { ...configRecord.connector('c', null), mark: '[1,20]' },
      { ...configRecord.targetState('c', null), mark: '[1,21]' },
      { ...configRecord.task({ connector: 'c', task: 1 }, { t: 'z' }), mark: '[1,22]' },
      { ...configRecord.commit('c', 1), mark: '[1,23]' },
      { ...configRecord.tasksFencing('c', 9), mark: '[1,24]' },
      { ...configRecord.sessionKey({ key: 'z', algorithm: 'z', creationTimestamp: 0 }), mark: '[1,25]' },
      { ...configRecord.restart('c', true, true), mark: '[1,26]' },
      { ...configRecord.connector('never', { a: '1' }), mark: '[1,27]' },
      { key: 'millrace-leader', value: '1', mark: '[1,0]' },
    ]
    await writeRaw(bench, { ...topic, partitions: 1 }, zombie)
    await now.readToEnd()
    expect(now.stale()).toHaveLength(zombie.length)
    await now.repair()
    expect(now.stale()).toEqual([])
    await Promise.all([old.close(), now.close()])
    const later = await led(await compacted(bench, topic))
    expect(later.view.connectors()).toEqual(['c'])
    expect(later.view.connector('c')).toMatchObject({
      config: { a: '1' },
      targetState: 'PAUSED',
      tasks: [{ t: '0' }, { t: '1' }],
      inconsistent: false,
      fencedTaskCount: 2,
    })
    expect(later.view.sessionKey?.key).toBe('a')
    expect(later.highestTerm).toBe(2)
    expect(later.stale()).toEqual([])
    await later.close()
  })
})
