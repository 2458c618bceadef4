import { expect, test } from 'vitest'
import type { OffsetMap } from '../../src/core/offset.js'
import type { ConnectorOffsets } from '../../src/ports/source-offsets.js'
import { OwnOffsetStores } from '../../src/stores/connector-offset-stores.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { keepRepaired } from '../../src/stores/stale-repair.js'
import { compacted, readRaw, storeBench } from './fixture.js'

const own = { name: 'own-offsets', partitions: 2 }
const workers = { name: 'connect-offsets', partitions: 3 }
const [a, b] = [{ file: 'a' }, { file: 'b' }]
const at = (position: number): OffsetMap => ({ position })
const epoch = (offset: number) => ({ term: 2, offset })

async function stores() {
  const bench = storeBench()
  const opened = [new OffsetStore(bench, own), new OffsetStore(bench, workers)] as const
  await Promise.all(opened.map(store => store.open()))
  const failures: unknown[] = []
  const both = new OwnOffsetStores(...opened, error => void failures.push(error))
  const commit = async (offsets: ConnectorOffsets, partition: OffsetMap, offset: OffsetMap) => {
    await bench.log.openWriter({ id: 'w' }).append({ batches: offsets.encode([{ partition, offset }]) })
  }
  return { bench, own: opened[0], workers: opened[1], both, failures, commit }
}

test("the connector's own topic wins, and what it does not have comes from the worker's", async () => {
  const { own, workers, both } = await stores()
  await workers.write('c', [
    { partition: a, offset: at(1) },
    { partition: b, offset: at(2) },
  ])
  await own.write('c', [{ partition: a, offset: at(9) }])
  const offsets = both.forConnector('c')
  expect([await offsets.last(a), await offsets.last(b), await offsets.last({ file: 'c' })]).toEqual([
    at(9),
    at(2),
    undefined,
  ])
  const all = [
    { partition: a, offset: at(9) },
    { partition: b, offset: at(2) },
  ]
  expect([await offsets.all(), await both.all('c')]).toEqual([all, all])
})

test('a partition that Java spells otherwise in one of them is one partition', async () => {
  const { own, workers, both } = await stores()
  await workers.write('c', [{ partition: { x: 1, y: 2 }, offset: at(1) }])
  await own.write('c', [{ partition: { y: 2, x: 1 }, offset: at(2) }])
  expect(await both.all('c')).toEqual([{ partition: { y: 2, x: 1 }, offset: at(2) }])
})

test('what tasks commit goes to the own topic, and what is to be copied to the worker’s', async () => {
  const { bench, both, commit } = await stores()
  const offsets = both.forConnector('c')
  await commit(offsets, a, at(5))
  expect(await readRaw(bench.log, own.name)).toEqual([['["c",{"file":"a"}]', '{"position":5}']])
  expect(await readRaw(bench.log, workers.name)).toEqual([])
  await commit(offsets.copy!, a, at(5))
  expect(await readRaw(bench.log, workers.name)).toEqual([['["c",{"file":"a"}]', '{"position":5}']])
})

test('what an operator forgets is forgotten in both, and does not come back from the worker’s', async () => {
  const { own, workers, both } = await stores()
  await workers.write('c', [{ partition: a, offset: at(1) }])
  await own.write('c', [{ partition: a, offset: at(9) }])
  await both.write('c', [
    { partition: a, offset: null },
    { partition: b, offset: at(3) },
  ])
  const left = [{ partition: b, offset: at(3) }]
  expect([await both.all('c'), await own.all('c'), await workers.all('c')]).toEqual([left, left, left])
})

test('where the worker’s topic is away nothing is forgotten, and what is set counts all the same', async () => {
  const { workers, own, both, failures } = await stores()
  await own.write('c', [{ partition: a, offset: at(9) }])
  await workers.close()
  await expect(both.write('c', [{ partition: a, offset: null }])).rejects.toThrow(/clos/i)
  expect(await own.all('c')).toEqual([{ partition: a, offset: at(9) }])
  await both.write('c', [{ partition: a, offset: at(4) }])
  expect(await own.all('c')).toEqual([{ partition: a, offset: at(4) }])
  expect(failures).toHaveLength(1)
})

test('R25: a task fences both, so that its predecessor is ignored in both', async () => {
  const { own, workers, both, commit } = await stores()
  const task = { connector: 'c', task: 0 }
  const old = both.forGrant(task, { epoch: epoch(5), since: epoch(4) })
  await old.fence!()
  await commit(old, a, at(1))
  await commit(old.copy!, a, at(1))
  const now = both.forGrant(task, { epoch: epoch(9), since: epoch(4) })
  await now.fence!()
  await commit(old, a, at(2))
  await commit(old.copy!, a, at(2))
  expect([await own.all('c'), await workers.all('c')]).toEqual([
    [{ partition: a, offset: at(1) }],
    [{ partition: a, offset: at(1) }],
  ])
  await commit(now, a, at(3))
  await commit(now.copy!, a, at(3))
  expect([await own.all('c'), await workers.all('c')]).toEqual([
    [{ partition: a, offset: at(3) }],
    [{ partition: a, offset: at(3) }],
  ])
  await expect(old.fence!()).rejects.toMatchObject({ code: 'stores.fenced' })
  await both.write('c', [{ partition: a, offset: at(0) }], epoch(10))
  await commit(now, a, at(4))
  expect(await both.all('c')).toEqual([{ partition: a, offset: at(0) }])
})

test('R26: who has an own topic open writes over what a stale owner left there', async () => {
  const { bench, own: store, both, commit } = await stores()
  const end = keepRepaired(store, bench)
  const task = { connector: 'c', task: 0 }
  const old = both.forGrant(task, { epoch: epoch(5), since: epoch(4) })
  await old.fence!()
  const now = both.forGrant(task, { epoch: epoch(9), since: epoch(4) })
  await now.fence!()
  await commit(now, a, at(8))
  await commit(old, a, at(3))
  await store.all('c')
  await bench.clock.advance(10_000)
  await store.all('c')
  expect(store.stale()).toEqual([])
  const later = new OffsetStore(await compacted(bench, own), own)
  await later.open()
  expect(await later.all('c')).toEqual([{ partition: a, offset: at(8) }])
  end()
})
