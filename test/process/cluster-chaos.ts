import { appendFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { seededRandom } from '../../src/testkit/seeded-random.js'
import { OffsetFold } from '../../src/stores/offset-fold.js'
import { startKafka, type KafkaServer } from '../servers/kafka/start-kafka.js'
import { until } from './node-process.js'
import { inState, settled, TestCluster, type ClusterNode } from './test-cluster.js'
import { connectTo, recordsOf } from './topic-records.js'

export interface ChaosOptions {
  readonly rounds: number
  readonly seed: number
  /** `exactly.once.source.support`: nothing may be in the topics twice. */
  readonly exactlyOnce: boolean
}

/** Longer than any lease: what a node does that wakes after it is a zombie's. */
const pauseMs = 6_000
/** After the last blow everything must have arrived within this. */
const healMs = 180_000
const flows = ['one', 'two'] as const

const acts = ['kill-node', 'kill-leader', 'pause', 'pause-leader', 'broker-kill', 'broker-stop', 'terminate'] as const
type Act = (typeof acts)[number]

/**
 * Three nodes and a broker of their own. While numbered lines flow file → topic → file, one blow after the other hits a
 * node or the broker. Afterwards every line has arrived, no committed offset of a source went back, and under exactly-once
 * no line is in its topic twice.
 */
export async function clusterChaos({ rounds, seed, exactlyOnce }: ChaosOptions): Promise<void> {
  process.stderr.write(
    `cluster chaos: CHAOS_SEED=${seed} CHAOS_ROUNDS=${rounds}, exactly once ${String(exactlyOnce)}\n`,
  )
  const random = seededRandom(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)]!
  const kafka = await startKafka()
  const cluster = await TestCluster.open(kafka.bootstrap.plaintext, [
    `exactly.once.source.support=${exactlyOnce ? 'enabled' : 'disabled'}`,
  ])
  const writer = new LineWriter(cluster)
  const story: string[] = []
  try {
    const nodes = await Promise.all(['a', 'b', 'c'].map(name => cluster.start(name)))
    await settled(nodes[0]!, 3, 0)
    for (const flow of flows) {
      await writer.write(flow, 100)
      await create(nodes[0]!, cluster, flow)
    }
    for (const flow of flows)
      for (const name of [`in-${flow}`, `out-${flow}`]) await inState(nodes[0]!, name, 'RUNNING', 1)
    writer.begin()
    for (let round = 0; round < rounds; round++) {
      const act = pick(acts)
      story.push(`${round} ${act}`)
      process.stderr.write(`  round ${round}: ${act}\n`)
      await strike(act, { nodes, cluster, kafka, pick, random: () => random.next() })
      await sleep(random.next() * 3_000)
      const fallen = nodes.find(node => node.isOver())
      if (fallen) throw new Error(`node ${fallen.name} ended by itself:\n${fallen.output()}`)
    }
    const written = await writer.end()
    await until('every line to arrive', healMs, async () => {
      const arrived = await Promise.all(flows.map(flow => cluster.lines(`out-${flow}.txt`)))
      return arrived.every(lines => new Set(lines).size >= written)
    })
    await settled(nodes[0]!, 3, 4 * flows.length)
    await check(cluster, kafka, written, exactlyOnce)
  } catch (error) {
    process.stderr.write(
      `cluster chaos: failed with CHAOS_SEED=${seed}; ${story.join(', ')}; files in ${cluster.home}\n`,
    )
    throw error
  } finally {
    await writer.end()
    await cluster.close()
    await kafka.stop()
  }
}

async function create(node: ClusterNode, cluster: TestCluster, flow: string): Promise<void> {
  const source = {
    'connector.class': 'FileStreamSource',
    file: cluster.path(`in-${flow}.txt`),
    topic: `${cluster.group}-${flow}`,
    'restart.max': '1000',
  }
  const sink = {
    'connector.class': 'FileStreamSink',
    file: cluster.path(`out-${flow}.txt`),
    topics: `${cluster.group}-${flow}`,
    'consumer.override.isolation.level': 'read_committed',
    'restart.max': '1000',
  }
  expect(await node.ask('PUT', `/connectors/in-${flow}/config`, source)).toMatchObject({ status: 201 })
  expect(await node.ask('PUT', `/connectors/out-${flow}/config`, sink)).toMatchObject({ status: 201 })
}

interface Field {
  readonly nodes: ClusterNode[]
  readonly cluster: TestCluster
  readonly kafka: KafkaServer
  readonly pick: <T>(of: readonly T[]) => T
  readonly random: () => number
}

/** One blow, and what its victim needs to come back. */
async function strike(act: Act, field: Field): Promise<void> {
  const { nodes, cluster, kafka, pick, random } = field
  const victim = act.endsWith('leader') ? await leaderOf(nodes, pick) : pick(nodes)
  const again = async (): Promise<void> => {
    nodes[nodes.indexOf(victim)] = await cluster.startFrom(victim.name, victim.file)
  }
  switch (act) {
    case 'kill-node':
    case 'kill-leader':
      await victim.end('SIGKILL')
      await sleep(random() * 6_000)
      return again()
    case 'terminate': {
      const { code } = await victim.end('SIGTERM')
      if (code !== 0) throw new Error(`node ${victim.name} ended with ${String(code)}:\n${victim.output()}`)
      return again()
    }
    case 'pause':
    case 'pause-leader':
      victim.signal('SIGSTOP')
      await sleep(pauseMs + random() * 3_000)
      victim.signal('SIGCONT')
      return
    case 'broker-kill':
    case 'broker-stop': {
      const [broker] = kafka.brokers
      await (act === 'broker-kill' ? broker!.kill() : broker!.stop())
      await sleep(random() * 4_000)
      return broker!.start()
    }
  }
}

async function leaderOf(nodes: readonly ClusterNode[], pick: Field['pick']): Promise<ClusterNode> {
  const { cluster } = await nodes[0]!.overview()
  return nodes.find(({ name }) => name === cluster.leader) ?? pick(nodes)
}

async function check(cluster: TestCluster, kafka: KafkaServer, written: number, exactlyOnce: boolean): Promise<void> {
  const log = connectTo(kafka.bootstrap.plaintext)
  const all = Array.from({ length: written }, (_, number) => number)
  const numberOf = (line: string | null): number => Number.parseInt(line ?? '', 10)
  try {
    for (const flow of flows) {
      const arrived = new Set((await cluster.lines(`out-${flow}.txt`)).map(numberOf))
      expect(all.filter(number => !arrived.has(number))).toEqual([])
      const inTopic = (await recordsOf(log, `${cluster.group}-${flow}`, 'read_committed')).map(({ value }) =>
        numberOf(value),
      )
      if (exactlyOnce)
        expect({ count: inTopic.length, firstWrong: inTopic.findIndex((number, at) => number !== at) }).toEqual({
          count: written,
          firstWrong: -1,
        })
      else expect(new Set(inTopic).size).toBe(written)
    }
    // I2, by the rules that every reader of the topic goes by.
    const fold = new OffsetFold()
    const positions = new Map<string, number>()
    const offsets = await recordsOf(
      log,
      `${cluster.group}-offsets`,
      exactlyOnce ? 'read_committed' : 'read_uncommitted',
    )
    for (const { partition, offset, key, value, headers } of offsets) {
      fold.apply({ partition, key, value, mark: headers['mr'] ?? null })
      for (const flow of flows) {
        const position = Number(
          fold.last(`in-${flow}`, { filename: cluster.path(`in-${flow}.txt`) })?.['position'] ?? 0,
        )
        const before = positions.get(flow) ?? 0
        if (position < before)
          throw new Error(`the offset of in-${flow} went back from ${before} to ${position} at ${partition}/${offset}`)
        positions.set(flow, position)
      }
    }
    expect([...positions.values()].every(position => position > 0)).toBe(true)
  } finally {
    await log.close()
  }
}

/** Appends the same numbered lines to the input of each flow, some every few milliseconds, until it is told to end. */
class LineWriter {
  readonly #cluster: TestCluster
  #next = 0
  #ending = false
  #running: Promise<void> = Promise.resolve()

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
  }

  async write(flow: string, count: number, from = 0): Promise<void> {
    const lines = Array.from({ length: count }, (_, i) => `${from + i} of ${flow} ${'x'.repeat(80)}\n`)
    await appendFile(this.#cluster.path(`in-${flow}.txt`), lines.join(''))
    this.#next = Math.max(this.#next, from + count)
  }

  begin(): void {
    this.#running = this.#run()
  }

  /** Resolves with how many lines each flow was given. */
  async end(): Promise<number> {
    this.#ending = true
    await this.#running
    return this.#next
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      const from = this.#next
      for (const flow of flows) await this.write(flow, 10, from)
      await sleep(50)
    }
  }
}
