import { appendFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '../../src/core/api/tasks.js'
import { connectGroups, missingFrom } from '../node/connect-mbeans.js'
import { readExposition, type ReadFamily } from '../rest/exposition-parser.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster, type ClusterNode } from './test-cluster.js'

type Metrics = ReadonlyMap<string, ReadFamily>

const metricsOf = async (node: ClusterNode): Promise<Metrics> =>
  readExposition(await (await fetch(`${node.url}/metrics`)).text())

const only = (all: Metrics, name: string): number | undefined => all.get(name)?.samples[0]?.value

const rebalance = (all: Metrics, name: string): number | undefined =>
  only(all, `kafka_connect_connect_worker_rebalance_metrics_${name}`)

describeWithKafka('metrics of a cluster', () => {
  let cluster: TestCluster
  let a: ClusterNode
  let b: ClusterNode

  beforeAll(async () => {
    cluster = await TestCluster.open((await sharedKafka()).bootstrap.plaintext, ['exactly.once.source.support=enabled'])
    a = await cluster.start('a')
    b = await cluster.start('b')
    await settled(a, 2, 0)
  }, serverStartMs)
  afterAll(() => cluster?.close())

  test(
    "all of a real Connect's metrics are there, and a rebalance is told alike",
    { timeout: 4 * patienceMs },
    async () => {
      const step = {
        transforms: 't',
        'transforms.t.type': 'Filter',
        'transforms.t.predicate': 'p',
        predicates: 'p',
        'predicates.p.type': 'RecordIsTombstone',
      }
      const source = {
        'connector.class': 'FileStreamSource',
        file: cluster.path('in.txt'),
        topic: cluster.group,
        ...step,
      }
      const sink = {
        'connector.class': 'FileStreamSink',
        file: cluster.path('out.txt'),
        topics: cluster.group,
        ...step,
      }
      await appendFile(cluster.path('in.txt'), 'a\nb\nc\n')
      await a.ask('PUT', '/connectors/in/config', source)
      await a.ask('PUT', '/connectors/out/config', sink)
      await Promise.all([inState(a, 'in', 'RUNNING', 1), inState(a, 'out', 'RUNNING', 1), settled(a, 2, 4)])
      await until('the lines to arrive', patienceMs, async () => (await cluster.lines('out.txt')).length === 3)

      const [ofA, ofB] = await until('both to have seen the last rebalance end', patienceMs, async () => {
        const both = await Promise.all([metricsOf(a), metricsOf(b)])
        return both.every(all => rebalance(all, 'rebalancing') === 0) && both
      })
      // What runs on either is nowhere but there.
      const merged = new Map(
        [...ofA, ...ofB].map(([name, family]) => [
          name,
          { ...family, samples: [...(ofA.get(name)?.samples ?? []), ...(ofB.get(name)?.samples ?? [])] },
        ]),
      )
      const clients = /^(app-info|kafka-metrics-count|connect-(node-)?metrics|connect-coordinator-metrics)$/
      expect(
        missingFrom(
          merged,
          connectGroups().filter(({ type }) => !clients.test(type)),
        ),
      ).toEqual([])
      const assigned = ['connectors', 'tasks'].map(what =>
        [ofA, ofB].map(all => only(all, `kafka_connect_connect_coordinator_metrics_assigned_${what}`)),
      )
      expect(assigned.map(of => of[0]! + of[1]!)).toEqual([2, 2])

      expect(rebalance(ofA, 'epoch')).toBeGreaterThan(0)
      expect(rebalance(ofA, 'epoch')).toBe(rebalance(ofB, 'epoch'))
      const leaders = [ofA, ofB].map(all =>
        all.get('kafka_connect_connect_worker_rebalance_metrics_leader_name')?.samples[0]?.labels.get('leader_name'),
      )
      const { nodes } = await a.overview()
      expect(leaders).toEqual(Array(2).fill(nodes.find(({ leader }) => leader)!.url))

      const before = rebalance(ofA, 'completed_rebalances_total')!
      await b.end('SIGKILL')
      const after = await until('the work of the killed node to have gone to the other', patienceMs, async () => {
        const all = await metricsOf(a)
        return rebalance(all, 'completed_rebalances_total')! > before && rebalance(all, 'rebalancing') === 0 && all
      })
      expect(rebalance(after, 'rebalance_max_time_ms')).toBeGreaterThan(0)
      expect(rebalance(after, 'time_since_last_rebalance_ms')).toBeLessThan(patienceMs)
    },
  )

  test('lag and latency are told of tasks on brokers', { timeout: 2 * patienceMs }, async () => {
    const task = async (name: string): Promise<TaskView | undefined> =>
      ((await a.ask('GET', `/millrace/v1/connectors/${name}/tasks`)).body as TaskView[])[0]
    await Promise.all([inState(a, 'in', 'RUNNING', 1), inState(a, 'out', 'RUNNING', 1)])
    await appendFile(cluster.path('in.txt'), 'd\ne\n')
    await until('the lines to arrive', patienceMs, async () => new Set(await cluster.lines('out.txt')).size === 5)
    const sink = await until('the sink to be at the end', patienceMs, async () => {
      const view = await task('out')
      return view?.lag.records === 0 && view
    })
    expect(sink).toMatchObject({ lag: { ms: 0 }, e2e: { p50: expect.any(Number), p99: expect.any(Number) } })
    // Records may be read before their writer hears that they are committed.
    const e2e = await until('the source to have counted', patienceMs, async () => (await task('in'))?.e2e)
    expect(e2e.p99).toBeLessThan(patienceMs)
  })
})
