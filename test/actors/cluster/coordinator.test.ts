import { expect, test } from 'vitest'
import type { ConfigCommand } from '../../../actors/config-command.js'
import { ConfigStore } from '../../../src/stores/config-store.js'
import { OffsetStore } from '../../../src/stores/offset-store.js'
import { ClusterBench, silent, type BenchNode } from './cluster-bench.js'

const put = (name: string): ConfigCommand => ({ type: 'put-connector', name, config: { name }, create: true })
const publish = (name: string, count: number): ConfigCommand => ({
  type: 'publish-tasks',
  name,
  config: { name },
  tasks: Array.from({ length: count }, (_, task) => ({ task: String(task) })),
})

const all = (nodes: readonly BenchNode[]): string[] => nodes.flatMap(({ running }) => [...running]).toSorted()
const worksOf = (name: string, count: number): string[] => [
  `connector/${name}`,
  ...Array.from({ length: count }, (_, task) => `task/${name}-${task}`),
]

/** A cluster that runs one connector with so many tasks. */
async function running(names: readonly string[], tasks: number): Promise<{ bench: ClusterBench; nodes: BenchNode[] }> {
  const bench = new ClusterBench()
  const nodes: BenchNode[] = []
  for (const name of names) nodes.push(await bench.node(name))
  await bench.until(() => nodes.every(node => node.overview().cluster.available === names.length))
  await bench.answered(nodes[0]!.request(put('c')))
  await bench.answered(nodes.at(-1)!.request(publish('c', tasks)))
  await bench.until(() => all(nodes).length === tasks + 1)
  return { bench, nodes }
}

test('a node that is alone leads itself and runs what is wanted', async () => {
  const { bench, nodes } = await running(['a'], 2)
  expect(all(nodes)).toEqual(worksOf('c', 2))
  expect(nodes[0]!.overview().cluster).toMatchObject({ leader: 'a', expected: 1, available: 1 })
  expect(nodes[0]!.mayAct()).toBe(true)
  await bench.system.stop()
})

test('nodes share the work, and each of it runs on one of them', async () => {
  const { bench, nodes } = await running(['a', 'b', 'c'], 8)
  expect(all(nodes)).toEqual(worksOf('c', 8))
  expect(nodes.map(({ running: own }) => own.size)).toEqual([3, 3, 3])
  const [first, ...others] = nodes.map(node => node.overview().work)
  for (const other of others) expect(other).toEqual(first)
  await bench.system.stop()
})

test('a change is carried out once, whichever node is asked, and seen there when it is answered', async () => {
  const { bench, nodes } = await running(['a', 'b'], 1)
  const [a, b] = nodes as [BenchNode, BenchNode]
  const follower = a.overview().cluster.leader === 'a' ? b : a
  expect(await bench.answered(follower.request(put('d')))).toEqual({ created: true })
  await expect(bench.answered(follower.request(put('d')))).rejects.toMatchObject({
    code: 'connector.exists',
    message: 'Connector d already exists',
  })
  await bench.answered(a.request({ type: 'delete-connector', name: 'd' }))
  await expect(bench.answered(b.request({ type: 'delete-connector', name: 'd' }))).rejects.toMatchObject({
    code: 'connector.unknown',
  })
  await bench.system.stop()
})

test('tasks of two sets never run beside each other', async () => {
  const { bench, nodes } = await running(['a', 'b'], 4)
  await bench.answered(nodes[0]!.request(publish('c', 2)))
  await bench.until(() => all(nodes).length === 3)
  expect(all(nodes)).toEqual(worksOf('c', 2))
  await bench.system.stop()
})

test.each(['the leader', 'a follower'])(
  'work of %s that fell silent goes on elsewhere, and not before its lease is over (I3)',
  async which => {
    const { bench, nodes } = await running(['a', 'b', 'c'], 8)
    const leader = nodes[0]!.overview().cluster.leader
    const lost = nodes.find(
      node => (node.overview().nodes.find(({ self }) => self)?.id === leader) === (which === 'the leader'),
    )!
    const rest = nodes.filter(node => node !== lost)
    const before = new Set(all(rest))
    lost.cutOff()
    const silentFrom = bench.system.clock.now()
    await bench.until(() => all(rest).some(id => !before.has(id)))
    expect(lost.mayAct()).toBe(false)
    await bench.until(() => all(rest).length === 9)
    // As the prototype of the protocol: about four seconds with the default timers.
    expect(bench.system.clock.now() - silentFrom).toBeLessThan(5_000)
    expect(rest[0]!.overview()).toMatchObject({ cluster: { expected: 3, available: 2 } })
    expect(
      rest[0]!
        .overview()
        .alerts.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['node-missing', 'nodes-expected'])

    // Once it hears of its death it has everything stopped, and joins anew.
    lost.reconnect()
    await bench.until(() => rest[0]!.overview().cluster.available === 3)
    await bench.until(() => all(nodes).length === 9)
    expect(rest[0]!.overview().alerts).toEqual([])
    await bench.system.stop()
  },
)

test('a node that stops has its work taken over at once, and nobody misses it', async () => {
  const { bench, nodes } = await running(['a', 'b', 'c'], 8)
  const [a, b, c] = nodes as [BenchNode, BenchNode, BenchNode]
  const from = bench.system.clock.now()
  await b.stop()
  await bench.until(() => all([a, c]).length === 9)
  expect(bench.system.clock.now() - from).toBeLessThan(1_000)
  await bench.until(() => a.overview().cluster.leader !== null)
  expect(a.overview()).toMatchObject({ cluster: { expected: 2, available: 2 }, alerts: [] })
  await bench.system.stop()
})

test('work moves to a node that joins, and nothing stops that does not move', async () => {
  const { bench, nodes } = await running(['a', 'b'], 5)
  const stayed = nodes.map(({ running: own }) => new Set(own))
  const c = await bench.node('c')
  await bench.until(() => c.running.size === 2)
  expect(all([...nodes, c])).toEqual(worksOf('c', 5))
  nodes.forEach(({ running: own }, index) => {
    expect([...own].every(id => stayed[index]!.has(id))).toBe(true)
  })
  await bench.system.stop()
})

test('of two processes under one name the older one gives way, with the reason', async () => {
  const { bench, nodes } = await running(['a', 'b'], 1)
  const again = await bench.node('a')
  await bench.until(() => nodes[0]!.exits.length > 0)
  expect(nodes[0]!.exits[0]).toBe('cluster.name_taken')
  await bench.until(() => all([again, nodes[1]!]).length === 2)
  await bench.system.stop()
})

test('a node with other topics than its cluster leaves, with the reason', async () => {
  const { bench } = await running(['a'], 1)
  const stranger = await bench.node('x', { fingerprint: 'g other topics' })
  await bench.until(() => stranger.exits.length > 0)
  expect(stranger.exits[0]).toBe('cluster.foreign')
  await bench.system.stop()
})

test('the log is cut off for everybody for half a minute: nothing moves', async () => {
  const { bench, nodes } = await running(['a', 'b', 'c'], 8)
  const before = nodes.map(({ running: own }) => [...own])
  for (const node of nodes) node.cutOff()
  await bench.system.advance(30_000)
  expect(nodes.some(node => node.mayAct())).toBe(false)
  for (const node of nodes) node.reconnect()
  await bench.until(() => nodes.every(node => node.mayAct()))
  expect(nodes.map(({ running: own }) => [...own])).toEqual(before)
  await bench.system.stop()
})

test('a leader that cannot begin its term gives its place up', async () => {
  const { bench, nodes } = await running(['a', 'b'], 4)
  const leader = nodes.find(
    node => node.overview().cluster.leader === node.overview().nodes.find(({ self }) => self)!.id,
  )!
  const other = nodes.find(node => node !== leader)!
  other.cutStores()
  await leader.stop()
  await bench.until(() => other.overview().cluster.leader !== null)
  const { term } = other.overview().cluster
  await bench.until(() => other.overview().cluster.leader === null)
  other.mendStores()
  await bench.until(() => other.running.size === 5)
  expect(other.overview().cluster.term).toBeGreaterThan(term)
  await bench.system.stop()
})

test('whether a task is its own still is told by what comes after the question', async () => {
  const { bench, nodes } = await running(['a', 'b'], 2)
  const owner = nodes.find(({ running: own }) => own.has('task/c-0'))!
  const other = nodes.find(node => node !== owner)!
  const { epoch } = owner.overview().work.find(({ task }) => task === 0)!
  const id = { connector: 'c', task: 0 }
  expect(await bench.answered(owner.coordination().confirm!(id, epoch))).toBe(true)
  expect(await bench.answered(other.coordination().confirm!(id, epoch))).toBe(false)
  await bench.system.stop()
})

test('offsets that an operator sets are written by the leader, once no task is left', async () => {
  const { bench, nodes } = await running(['a', 'b'], 2)
  const offsets = [{ partition: { file: 'f' }, offset: { position: 7 } }]
  const set = (node: BenchNode): Promise<void> =>
    bench.answered(node.coordination().writeOffsets!({ type: 'write-source-offsets', name: 'c', offsets }))
  await expect(set(nodes[0]!)).rejects.toMatchObject({ code: 'offsets.not_stopped' })
  await bench.answered(nodes[0]!.request({ type: 'set-target-state', name: 'c', state: 'STOPPED' }))
  await bench.until(() => all(nodes).length === 1)
  const { epoch } = nodes[0]!.overview().work[0]!
  for (const node of nodes) await set(node)

  const dependencies = { log: bench.memory.connect(), clock: bench.system.clock, logger: silent }
  const store = new OffsetStore(dependencies, { name: 'offsets', partitions: 2 })
  await bench.answered(store.open())
  expect(await bench.answered(store.all('c'))).toEqual(offsets)
  // I4: above every grant there was, so that nothing of an old owner's comes after it.
  await expect(bench.answered(store.fence([{ connector: 'c', task: 0, epoch }]))).rejects.toMatchObject({
    code: 'stores.fenced',
  })
  await bench.answered(store.close())
  await bench.system.stop()
})

test('where another cluster begins a term in the config topic, who reads it leaves', async () => {
  const { bench, nodes } = await running(['a', 'b'], 2)
  const dependencies = { log: bench.memory.connect(), clock: bench.system.clock, logger: silent }
  const configs = new ConfigStore(dependencies, { name: 'configs' }, { led: true })
  await bench.answered(configs.open())
  await bench.answered(configs.lead(1_000, 'other'))
  await bench.until(() => nodes.every(({ exits }) => exits.includes('cluster.topics_taken')))
  await bench.answered(configs.close())
  await bench.system.stop()
})
