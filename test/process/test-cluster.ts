import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Overview } from '../../src/core/api/overview.js'
import { freePorts } from '../servers/free-ports.js'
import { startWorkerProcess, until, type NodeProcess } from './node-process.js'

const text = 'org.apache.kafka.connect.storage.StringConverter'

/** Waits are on states; this is only when to give up, on a machine that others load too. */
export const patienceMs = 60_000

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface ClusterNode extends NodeProcess {
  readonly name: string
  /** The worker file that it runs from. */
  readonly file: string
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  overview(): Promise<Overview>
}

/** What one connector's status says, and where its parts run. */
export interface Status {
  readonly connector: { readonly state: string; readonly worker_id: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly worker_id: string
    readonly trace?: string
  }[]
}

/** `millrace cluster` as real processes on real brokers, with files in a folder of its own. */
export class TestCluster {
  readonly home: string
  readonly group: string
  readonly #bootstrap: string
  readonly #nodes: ClusterNode[] = []
  readonly #lines: readonly string[]

  static async open(bootstrap: string, lines: readonly string[] = []): Promise<TestCluster> {
    return new TestCluster(bootstrap, await mkdtemp(join(tmpdir(), 'millrace-cluster-')), lines)
  }

  private constructor(bootstrap: string, home: string, lines: readonly string[]) {
    this.#bootstrap = bootstrap
    this.home = home
    this.group = home.split('/').at(-1)!
    this.#lines = lines
  }

  /** The worker file of a node; later lines win. */
  async file(name: string, lines: readonly string[] = []): Promise<string> {
    const [port] = await freePorts(1)
    const { group } = this
    const stores = ['config', 'offset', 'status'].flatMap(store => [
      `${store}.storage.topic=${group}-${store}s`,
      `${store}.storage.replication.factor=1`,
      ...(store === 'config' ? [] : [`${store}.storage.partitions=2`]),
    ])
    const own = [
      `bootstrap.servers=${this.#bootstrap}`,
      `group.id=${group}`,
      `node.name=${name}`,
      `listeners=http://127.0.0.1:${port}`,
      `key.converter=${text}`,
      `value.converter=${text}`,
      'offset.flush.interval.ms=500',
    ]
    const path = join(this.home, `${name}.properties`)
    await writeFile(path, [...stores, ...own, ...this.#lines, ...lines].join('\n'))
    return path
  }

  async start(name: string, lines: readonly string[] = []): Promise<ClusterNode> {
    return this.startFrom(name, await this.file(name, lines))
  }

  async startFrom(name: string, file: string): Promise<ClusterNode> {
    const node = await startWorkerProcess(['cluster', file])
    const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(node.url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const answer = await response.text()
      return { status: response.status, body: answer === '' ? null : asJson(answer) }
    }
    const full: ClusterNode = {
      ...node,
      name,
      file,
      ask,
      overview: async () => (await ask('GET', '/millrace/v1/overview')).body as Overview,
    }
    this.#nodes.push(full)
    return full
  }

  path(file: string): string {
    return join(this.home, file)
  }

  /** The complete lines of a file in `home`; none while it does not exist. */
  async lines(file: string): Promise<string[]> {
    const content = await readFile(this.path(file), 'utf8').catch(() => '')
    return content.split('\n').slice(0, -1)
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(node => node.end('SIGKILL')))
    await rm(this.home, { recursive: true, force: true })
  }
}

/** Resolves when the node sees so many nodes up, a leader, and all work in place and shared evenly. */
export function settled(node: ClusterNode, nodes: number, works?: number): Promise<Overview> {
  return until(`${nodes} nodes to be up, as ${node.name} sees it`, patienceMs, async () => {
    const seen = await node.overview()
    const { cluster, work } = seen
    const shares = seen.nodes.map(of => of.connectors + of.tasks)
    const isSettled =
      Math.max(...shares) - Math.min(...shares) <= 1 &&
      cluster.leader !== null &&
      cluster.available === nodes &&
      seen.nodes.length === nodes &&
      (works === undefined || work.length === works) &&
      work.every(({ state }) => state === 'owned')
    return isSettled && seen
  })
}

export async function statusOf(node: ClusterNode, connector: string): Promise<Status | undefined> {
  const { status, body } = await node.ask('GET', `/connectors/${connector}/status`)
  return status === 200 ? (body as Status) : undefined
}

/** Resolves when the connector and so many tasks are in this state. */
export function inState(node: ClusterNode, connector: string, state: string, tasks: number): Promise<Status> {
  return until(`${connector} to be ${state} with ${tasks} tasks, as ${node.name} sees it`, patienceMs, async () => {
    const seen = await statusOf(node, connector)
    return seen?.tasks.length === tasks && [seen.connector, ...seen.tasks].every(part => part.state === state) && seen
  })
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
