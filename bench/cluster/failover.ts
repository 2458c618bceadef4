import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figure.js'
import { Arrivals } from './arrivals.js'
import { BenchCluster, type BenchNode } from './nodes.js'

const rounds = 10
const stops = 5
const underWayMs = 500
const connectors = 12
const topicOf = (index: number): string => `flow-${index}`

/**
 * What a node's end costs its tasks, by the records that arrive: killed (leader and followers in turn), and told to stop.
 * Every connector has one task, one topic, and 50 records a second.
 */
export async function failover(bootstrap: string): Promise<readonly Figure[]> {
  const cluster = await BenchCluster.prepare(bootstrap, 'failover', 3)
  const arrivals = new Arrivals(bootstrap)
  try {
    for (const node of cluster.nodes) await node.start()
    for (let index = 0; index < connectors; index++)
      await cluster.put(topicOf(index), { 'connector.class': 'generator', topic: topicOf(index), rate: '50' })
    const topics = Array.from({ length: connectors }, (_, index) => topicOf(index))
    await cluster.settled(connectors)
    await arrivals.follow(topics)
    await arrivals.allAfter(topics, 0)
    const killed: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { node, lost } = await victim(cluster, round % 2 === 0)
      const moment = performance.now()
      await node.end('SIGKILL')
      // What it had sent may still arrive; nobody takes over within half a second.
      killed.push((await arrivals.allAfter(lost, moment + underWayMs)) + underWayMs)
      await node.start()
      await cluster.settled(connectors)
    }
    const gaps: number[] = []
    for (let round = 0; round < stops; round++) {
      const { node } = await victim(cluster, round % 2 === 0)
      arrivals.reset()
      await node.end('SIGTERM')
      await cluster.settled(connectors)
      await arrivals.allAfter(topics, performance.now())
      gaps.push(arrivals.longestGap(topics))
      await node.start()
      await cluster.settled(connectors)
      await sleep(1_000)
    }
    const worst = killed.toSorted((a, b) => a - b)
    return [
      { bench: 'kill -9 of a node until its tasks deliver elsewhere', unit: 'ms', samples: killed },
      {
        bench: '  p95 of these',
        unit: 'ms',
        samples: [worst[Math.ceil(worst.length * 0.95) - 1]!],
        target: { below: 5_000 },
      },
      { bench: 'SIGTERM: longest gap in any task’s records', unit: 'ms', samples: gaps, target: { below: 1_000 } },
    ]
  } finally {
    await arrivals.close()
    await cluster.stop()
  }
}

/** A node to end, the leader or another, and the topics that its tasks write. */
async function victim(
  cluster: BenchCluster,
  leads: boolean,
): Promise<{ readonly node: BenchNode; readonly lost: readonly string[] }> {
  const { nodes, work } = await cluster.overview()
  const tasksOf = (id: string): string[] =>
    work.filter(({ node, task }) => node === id && task !== undefined).map(({ connector }) => connector)
  const { id } = nodes.find(({ leader, tasks }) => leader === leads && tasks > 0)!
  const lost = tasksOf(id)
  return { node: cluster.nodes.find(({ port }) => id.endsWith(`:${port}`))!, lost }
}
