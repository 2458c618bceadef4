import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OffsetMap } from '../../src/core/offset.js'
import { partitionForKey } from '../../src/core/murmur2.js'
import type { ConnectorOffsets } from '../../src/ports/source-offsets.js'
import { decodeOffsetRecord, encodeOffsetRecord } from '../../src/stores/offset-record.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { compacted, readMarked, readRaw, storeBench, writeRaw } from './fixture.js'

const topic = { name: 'connect-offsets', partitions: 4 }

test('keys and values have the bytes that Connect writes', () => {
  expect(encodeOffsetRecord('local-file-source', { filename: '/tmp/a' }, { position: 30 })).toEqual({
    key: '["local-file-source",{"filename":"/tmp/a"}]',
    value: '{"position":30}',
  })
  expect(encodeOffsetRecord('c', { b: 1, a: null }, null)).toEqual({ key: '["c",{"b":1,"a":null}]', value: null })
  expect(encodeOffsetRecord('c', {}, { lsn: 9_223_372_036_854_775_807n, f: 1.5, tiny: 1e-10, ok: true }).value).toBe(
    '{"lsn":9223372036854775807,"f":1.5,"tiny":1.0E-10,"ok":true}',
  )
  expect(encodeOffsetRecord('c', { t: 'a"\u0001é' }, null).key).toBe('["c",{"t":"a\\"\\u0001é"}]')
})

test('what JSON cannot keep is refused', () => {
  for (const bad of [{ p: Number.NaN }, { p: Infinity }, { p: undefined }, { p: {} }, { p: [1] }, [1]]) {
    const refused = expect.objectContaining({ code: 'offsets.not_primitive' })
    expect(() => encodeOffsetRecord('c', {}, bad as never)).toThrow(refused)
    expect(() => encodeOffsetRecord('c', bad as never, null)).toThrow(refused)
  }
})

const primitive = fc.oneof(
  fc.string(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.boolean(),
  fc.constant(null),
)
const map = fc.dictionary(fc.string(), primitive, { maxKeys: 5, noNullPrototype: true })

test('any partition and offset comes back as it was', () => {
  fc.assert(
    fc.property(fc.string(), map, map, (connector, partition, offset) => {
      expect(decodeOffsetRecord(encodeOffsetRecord(connector, partition as OffsetMap, offset as OffsetMap))).toEqual({
        connector,
        partition,
        offset,
      })
    }),
  )
})

test('offsets are found by whoever opens the store next; a tombstone forgets one', async () => {
  const bench = storeBench()
  const first = new OffsetStore(bench, topic)
  await first.open()
  await first.write('c', [
    { partition: { file: 'a' }, offset: { position: 1 } },
    { partition: { file: 'b' }, offset: { position: 2 } },
  ])
  await first.write('d', [{ partition: { file: 'a' }, offset: { position: 7 } }])
  await first.write('c', [
    { partition: { file: 'a' }, offset: { position: 5 } },
    { partition: { file: 'b' }, offset: null },
  ])
  await first.close()
  const second = new OffsetStore({ ...bench, log: bench.connect() }, topic)
  await second.open()
  const offsets = second.forConnector('c')
  expect(await offsets.last({ file: 'a' })).toEqual({ position: 5 })
  expect(await offsets.last({ file: 'b' })).toBeUndefined()
  expect(await offsets.all()).toEqual([{ partition: { file: 'a' }, offset: { position: 5 } }])
  await second.close()
})

test('a read sees what another client wrote a moment ago', async () => {
  const bench = storeBench()
  const [here, there] = [new OffsetStore(bench, topic), new OffsetStore({ ...bench, log: bench.connect() }, topic)]
  await Promise.all([here.open(), there.open()])
  for (let position = 0; position < 5; position++) {
    const batches = here.forConnector('c').encode([{ partition: { file: 'a' }, offset: { position } }])
    await bench.log.openWriter({ id: 'w' }).append({ batches })
    expect(await there.forConnector('c').last({ file: 'a' })).toEqual({ position })
  }
  await Promise.all([here.close(), there.close()])
})

test('records go to the partition of their key, as Java places them', async () => {
  const bench = storeBench()
  const store = new OffsetStore(bench, topic)
  await store.open()
  const key = encodeOffsetRecord('c', { file: 'a' }, null).key
  const [batch] = store.forConnector('c').encode([{ partition: { file: 'a' }, offset: { position: 1 } }])
  expect(batch!.partition).toBe(partitionForKey(Buffer.from(key), 4))
  await store.close()
})

test('an offset under the same fields in another order is found, as long as there is none under the very key', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, [{ key: '["c",{"table":"x","protocol":"1"}]', value: '{"id":3}' }])
  const store = new OffsetStore(bench, topic)
  await store.open()
  const offsets = store.forConnector('c')
  expect(await offsets.last({ protocol: '1', table: 'x' })).toEqual({ id: 3 })
  await store.write('c', [{ partition: { protocol: '1', table: 'x' }, offset: { id: 4 } }])
  expect(await offsets.last({ protocol: '1', table: 'x' })).toEqual({ id: 4 })
  await store.write('c', [{ partition: { protocol: '1', table: 'x' }, offset: null }])
  expect(await offsets.last({ protocol: '1', table: 'x' })).toBeUndefined()
  await store.close()
})

test('records that are no offsets are skipped, with a line each, and stop nothing', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, [
    { key: 'no json', value: '{}' },
    { key: '["c"]', value: '{}' },
    { key: '["c",0,"fence"]', value: '{}' },
    { key: '["c",{"f":[1]}]', value: '{}' },
    { key: '["c",{"f":"a"}]', value: '[1]' },
    { key: '["c",{"f":"b"}]', value: '{"p":1}' },
  ])
  const store = new OffsetStore(bench, topic)
  await store.open()
  expect(await store.all('c')).toEqual([{ partition: { f: 'b' }, offset: { p: 1 } }])
  expect(bench.lines.filter(({ message }) => message.includes('was skipped'))).toHaveLength(5)
  await store.close()
})

test('the topic is made compacted, and one that is not is refused', async () => {
  const bench = storeBench()
  const store = new OffsetStore(bench, topic)
  await store.open()
  expect(await bench.log.topics.describe(topic.name)).toMatchObject({
    partitions: 4,
    config: { 'cleanup.policy': 'compact' },
  })
  await store.close()
  for (const config of [{}, { 'cleanup.policy': 'delete' }, { 'cleanup.policy': 'compact,delete' }]) {
    const name = `bad-${JSON.stringify(config).length}`
    await bench.log.topics.create({ name, partitions: 1, config })
    await expect(new OffsetStore(bench, { name, partitions: 1 }).open()).rejects.toMatchObject({
      code: 'stores.topic_not_compact',
    })
  }
})

test('a store that is closed fails who waits for it', async () => {
  const bench = storeBench()
  const store = new OffsetStore(bench, topic)
  await store.open()
  await store.close()
  await expect(store.all('c')).rejects.toMatchObject({ code: 'stores.closed' })
})

test('many records are written in several batches and all read back', async () => {
  const bench = storeBench()
  const store = new OffsetStore(bench, { name: topic.name, partitions: 1 })
  await store.open()
  const changes = Array.from({ length: 3_000 }, (_, i) => ({
    partition: { file: `${i}-${'x'.repeat(300)}` },
    offset: { i },
  }))
  await store.write('c', changes)
  expect(await store.all('c')).toHaveLength(3_000)
  expect(await readRaw(bench.log, topic.name)).toHaveLength(3_000)
  await store.close()
})

test("an operator's offset counts under every spelling of a partition, forgotten ones too", async () => {
  const bench = storeBench()
  const store = new OffsetStore(bench, topic)
  await store.open()
  await store.write('c', [{ partition: { a: 1, b: 2 }, offset: { at: 5 } }])
  await store.write('c', [{ partition: { b: 2, a: 1 }, offset: { at: 3 } }])
  expect(await store.all('c')).toEqual([{ partition: { a: 1, b: 2 }, offset: { at: 3 } }])
  await store.write('c', [{ partition: { a: 1, b: 2 }, offset: null }])
  await store.write('c', [{ partition: { b: 2, a: 1 }, offset: { at: 7 } }])
  expect(await store.forConnector('c').last({ a: 1, b: 2 })).toEqual({ at: 7 })
  await store.close()
})

describe('with peers', () => {
  const epoch = (offset: number) => ({ term: 2, offset })
  const file = { file: 'a' }
  const nodes = async () => {
    const bench = storeBench()
    const [here, there] = [new OffsetStore(bench, topic), new OffsetStore({ ...bench, log: bench.connect() }, topic)]
    await Promise.all([here.open(), there.open()])
    const commit = async (offsets: ConnectorOffsets, position: number, partition: OffsetMap = file) => {
      const batches = offsets.encode([{ partition, offset: { position } }])
      await bench.log.openWriter({ id: 'w' }).append({ batches })
    }
    const close = () => Promise.all([here.close(), there.close()])
    return { bench, here, there, commit, close }
  }
  const task = { connector: 'c', task: 0 }

  test('a task’s records carry its number, its grant and its count; without peers there is no header', async () => {
    const { bench, here, commit, close } = await nodes()
    await commit(here.forConnector('c'), 1)
    await commit(here.forGrant(task, { epoch: epoch(5), since: epoch(4) }), 2)
    const [plain, marked] = await readMarked(bench.log, topic.name)
    expect(plain).toMatchObject({ value: '{"position":1}', headers: [] })
    expect(marked).toMatchObject({ value: '{"position":2}', headers: [{ key: 'mr', value: '[0,2,5,1]' }] })
    await close()
  })

  test('R25: a new owner fences every partition in one append, and nothing that the old one writes counts from then on', async () => {
    const { bench, here, there, commit, close } = await nodes()
    const old = here.forGrant(task, { epoch: epoch(5), since: epoch(4) })
    await old.fence!()
    await commit(old, 1)
    await there.fence([
      { ...task, epoch: epoch(9) },
      { connector: 'c', task: 1, epoch: epoch(9) },
    ])
    const fences = (await readRaw(bench.log, topic.name)).filter(([key]) => key === '["c",1,"fence"]')
    expect(fences).toHaveLength(topic.partitions)
    for (const partition of [file, { file: 'b' }, { file: 'c' }]) await commit(old, 7, partition)
    for (const store of [here, there])
      expect(await store.all('c')).toEqual([{ partition: file, offset: { position: 1 } }])
    expect(here.highestTerm).toBe(2)
    await close()
  })

  test('who was fenced by a newer owner hears of it', async () => {
    const { here, there, close } = await nodes()
    await here.fence([{ ...task, epoch: epoch(9) }])
    await expect(there.fence([{ ...task, epoch: epoch(5) }])).rejects.toMatchObject({ code: 'stores.fenced' })
    await here.fence([{ connector: 'd', task: '*', epoch: epoch(9) }])
    await expect(there.fence([{ connector: 'd', task: 3, epoch: epoch(5) }])).rejects.toMatchObject({
      code: 'stores.fenced',
    })
    await there.fence([{ connector: 'd', task: 3, epoch: epoch(12) }])
    await close()
  })

  test('a task that begins anew under its grant goes on above what its last run may still write', async () => {
    const { here, there, commit, close } = await nodes()
    const grant = { epoch: epoch(5), since: epoch(4) }
    const before = here.forGrant(task, grant)
    await before.fence!()
    for (let position = 0; position < 5; position++) await commit(before, position)
    const after = there.forGrant(task, grant)
    await after.fence!()
    await commit(before, 99)
    expect(await after.last(file)).toEqual({ position: 4 })
    await commit(after, 5)
    expect(await after.last(file)).toEqual({ position: 5 })
    await close()
  })

  test('a task may fence by itself, when it is time, and each time anew', async () => {
    const { here, there, commit, close } = await nodes()
    const old = here.forGrant(task, { epoch: epoch(5), since: epoch(4) })
    await old.fence!()
    const now = there.forGrant(task, { epoch: epoch(9), since: epoch(4) })
    // What the one before commits until then counts.
    await commit(old, 1)
    expect(await now.last(file)).toEqual({ position: 1 })
    await now.fence!()
    await commit(old, 2)
    await commit(now, 3)
    await now.fence!()
    await commit(now, 4)
    expect(await here.all('c')).toEqual([{ partition: file, offset: { position: 4 } }])
    await expect(old.fence!()).rejects.toMatchObject({ code: 'stores.fenced' })
    await close()
  })

  test('a new generation fences all tasks of the old one; it may be said by each of its nodes', async () => {
    const { here, there, commit, close } = await nodes()
    const old = here.forGrant({ connector: 'c', task: 1 }, { epoch: epoch(5), since: epoch(4) })
    await commit(old, 1)
    const generation = { connector: 'c', task: '*' as const, epoch: epoch(8) }
    const moved = here.forGrant(task, { epoch: epoch(9), since: epoch(8) })
    await moved.fence!()
    await commit(moved, 2)
    await there.fence([generation, { connector: 'c', task: 1, epoch: epoch(10) }])
    await commit(old, 0)
    await commit(moved, 3)
    expect(await there.forConnector('c').last(file)).toEqual({ position: 3 })
    await close()
  })

  test('R26: an ignored record that is the newest of its key is written over, before compaction keeps it', async () => {
    const { bench, here, there, commit, close } = await nodes()
    const old = here.forGrant(task, { epoch: epoch(5), since: epoch(4) })
    const now = there.forGrant(task, { epoch: epoch(9), since: epoch(4) })
    await now.fence!()
    await commit(now, 8)
    await commit(old, 3)
    await commit(old, 4, { file: 'never committed' })
    await there.all('c')
    expect(there.stale()).toMatchObject([
      { connector: 'c', task: 0, fence: undefined },
      { connector: 'c', task: undefined, fence: undefined },
    ])
    await there.repair(of => of.task === 0)
    expect(there.stale()).toHaveLength(1)
    await here.all('c')
    await here.repair(() => true)
    await there.all('c')
    expect(there.stale()).toEqual([])
    // The owner is heard as before.
    await commit(now, 9)
    await here.all('c')
    const later = new OffsetStore(await compacted(bench, topic), topic)
    await later.open()
    expect(await later.all('c')).toEqual([{ partition: file, offset: { position: 9 } }])
    expect(later.stale()).toEqual([])
    await Promise.all([close(), later.close()])
  })

  test('a fence that lands late is written over too', async () => {
    const { bench, here, close } = await nodes()
    await here.fence([{ ...task, epoch: epoch(9) }])
    await writeRaw(bench, topic, [{ key: '["c",0,"fence"]', value: '{}', mark: '[0,2,5,0]', partition: 2 }])
    await here.all('c')
    expect(here.stale()).toMatchObject([{ partition: 2, fence: 0 }])
    await here.repair(() => true)
    const later = new OffsetStore(await compacted(bench, topic), topic)
    await later.open()
    await expect(later.fence([{ ...task, epoch: epoch(8) }])).rejects.toMatchObject({ code: 'stores.fenced' })
    await Promise.all([close(), later.close()])
  })

  test('an operator’s offsets win over what an old owner still writes, and the next owner goes on from them', async () => {
    const { here, there, commit, close } = await nodes()
    const old = here.forGrant(task, { epoch: epoch(5), since: epoch(4) })
    await commit(old, 50)
    await there.write('c', [{ partition: file, offset: { position: 10 } }], epoch(7))
    await commit(old, 51)
    await commit(old, 1, { file: 'b' })
    await there.write('c', [{ partition: file, offset: { position: 11 } }], epoch(7))
    expect(await here.all('c')).toEqual([{ partition: file, offset: { position: 11 } }])
    const now = here.forGrant(task, { epoch: epoch(9), since: epoch(8) })
    await now.fence!()
    await commit(now, 12)
    expect(await there.all('c')).toEqual([{ partition: file, offset: { position: 12 } }])
    await expect(there.write('c', [], epoch(6))).rejects.toMatchObject({ code: 'stores.fenced' })
    await close()
  })
})
