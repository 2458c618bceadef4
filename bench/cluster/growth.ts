import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figure.js'
import { cpuSeconds } from '../proc.js'
import { Arrivals } from './arrivals.js'
import { BenchCluster } from './nodes.js'

const joins = 5
const crowd = { connectors: 100, tasksEach: 3 }
const restarted = 500
const idle = { tasks: 100, seconds: 20 }
/** Small enough that eight sources on four nodes, a broker and this process do not fill two processors. */
const perSource = 500
const sources = 2

/** One more node beside three with 300 tasks. */
export async function join(bootstrap: string): Promise<readonly Figure[]> {
  const cluster = await BenchCluster.prepare(bootstrap, 'join', 4)
  const [fourth, ...others] = [cluster.nodes[3]!, ...cluster.nodes.slice(0, 3)]
  const balanced: number[] = []
  const inVain: number[] = []
  const tasks = crowd.connectors * crowd.tasksEach
  try {
    await Promise.all(others.map(node => node.start()))
    for (let index = 0; index < crowd.connectors; index++)
      await cluster.put(`crowd-${index}`, { ...rare, 'tasks.max': String(crowd.tasksEach) })
    for (let round = 0; round < joins; round++) {
      const before = await cluster.settled(tasks)
      await fourth.start()
      const joined = performance.now()
      const after = await cluster.settled(tasks)
      balanced.push(performance.now() - joined)
      const grants = new Map(before.work.map(work => [`${work.connector}/${work.task}`, work]))
      inVain.push(
        after.work.filter(({ connector, task, node, epoch }) => {
          const then = grants.get(`${connector}/${task}`)!
          return then.node === node && then.epoch.offset !== epoch.offset
        }).length,
      )
      await fourth.end('SIGTERM')
    }
    return [
      {
        bench: 'one node joins 3 with 300 tasks: until balanced',
        unit: 'ms',
        samples: balanced,
        target: { below: 3_000 },
      },
      { bench: '  tasks that stopped without moving', unit: 'tasks', samples: inVain, target: { below: 1 } },
    ]
  } finally {
    await cluster.stop()
  }
}

/** Sources of a given rate on one, two and four nodes: what arrives, as a part of what that number of nodes should bring. */
export async function scaling(bootstrap: string): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const nodes of [1, 2, 4]) {
    const cluster = await BenchCluster.prepare(bootstrap, `scale-${nodes}`, nodes)
    const arrivals = new Arrivals(bootstrap)
    try {
      await Promise.all(cluster.nodes.map(node => node.start()))
      const names = Array.from({ length: nodes * sources }, (_, index) => `scale-${nodes}-${index}`)
      for (const name of names)
        await cluster.put(name, {
          'connector.class': 'generator',
          topic: name,
          rate: String(perSource),
          format: 'string',
        })
      await cluster.settled(names.length)
      await arrivals.follow(names)
      await arrivals.allAfter(names, 0)
      const samples: number[] = []
      for (let round = 0; round < 5; round++) {
        const [began, had] = [performance.now(), arrivals.records]
        await sleep(3_000)
        const rate = ((arrivals.records - had) / (performance.now() - began)) * 1_000
        samples.push(rate / (names.length * perSource))
      }
      figures.push({
        bench: `rate-limited sources on ${nodes} nodes, of linear`,
        unit: '×',
        samples,
        target: { atLeast: 0.95 },
      })
    } finally {
      await arrivals.close()
      await cluster.stop()
    }
  }
  return figures
}

/** A single node with a hundred tasks that have nothing to do; and with five hundred connectors, restarted. */
export async function rest(bootstrap: string): Promise<readonly Figure[]> {
  const quiet = await BenchCluster.prepare(bootstrap, 'quiet', 1)
  const cpu: number[] = []
  try {
    await quiet.nodes[0]!.start()
    for (let index = 0; index < idle.tasks; index++) await quiet.put(`idle-${index}`, rare)
    await quiet.settled(idle.tasks)
    await sleep(5_000)
    for (let round = 0; round < 5; round++) {
      const before = await cpuSeconds(quiet.nodes[0]!.pid)
      await sleep((idle.seconds / 5) * 1_000)
      cpu.push((((await cpuSeconds(quiet.nodes[0]!.pid)) - before) / (idle.seconds / 5)) * 100)
    }
  } finally {
    await quiet.stop()
  }
  const many = await BenchCluster.prepare(bootstrap, 'many', 1)
  const running: number[] = []
  try {
    const [node] = many.nodes as [(typeof many.nodes)[0]]
    await node.start()
    for (let index = 0; index < restarted; index++) await many.put(`many-${index}`, rare)
    await many.settled(restarted)
    for (let round = 0; round < 3; round++) {
      await node.end('SIGTERM')
      const began = performance.now()
      await node.start()
      await many.settled(restarted)
      running.push(performance.now() - began)
    }
  } finally {
    await many.stop()
  }
  return [
    { bench: 'CPU of a node with 100 idle tasks', unit: '% of a core', samples: cpu, target: { below: 3 } },
    { bench: 'restart with 500 connectors until all are RUNNING', unit: 'ms', samples: running },
  ]
}

/** A record every hundred seconds. */
const rare = { 'connector.class': 'generator', topic: 'rare', rate: '0.01' }
