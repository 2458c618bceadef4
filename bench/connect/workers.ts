import { startConnect, type ConnectOptions } from '../../test/servers/connect/start-connect.js'
import { BenchCluster, until } from '../cluster/nodes.js'

export type Kind = 'millrace' | 'connect'

export type Config = Readonly<Record<string, string>>

/** A worker under measurement: a process in distributed mode, as its users start it. */
export interface Worker {
  readonly kind: Kind
  readonly pid: number
  put(name: string, config: Config): Promise<void>
  /** Makes a source that begins at an offset, as if it had read up to there. */
  putAt(name: string, config: Config, start: SourceStart): Promise<void>
  /** How many tasks it says are RUNNING. */
  running(): Promise<number>
  /** Resolves when nothing of it runs any more. */
  remove(name: string): Promise<void>
  stop(): Promise<void>
}

export interface SourceStart {
  readonly partition: Config
  readonly offset: Readonly<Record<string, string | number>>
}

/** With further properties, and in each `round`, it is a cluster of its own. */
export async function startMillrace(bootstrap: string, properties: Config = {}, round = 0): Promise<Worker> {
  const group = ['millrace-bench', round, ...Object.keys(properties)].join('-')
  const cluster = await BenchCluster.prepare(bootstrap, group, 1, properties)
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('no node')
  await node.start()
  return {
    kind: 'millrace',
    pid: node.pid,
    ...restOf(`http://127.0.0.1:${node.port}`),
    stop: async () => {
      // As a user stops it: what was killed is a member of its cluster for a while yet.
      await node.end('SIGTERM')
      await cluster.stop()
    },
  }
}

/** With its own defaults: those that the tests' harness sets are set back. */
const asShipped = { 'plugin.discovery': 'hybrid_warn', 'offset.flush.interval.ms': '60000' }

/** Connectors of others that it has. */
export type Plugins = Pick<ConnectOptions, 'plugins' | 'folders'>

export async function startPeer(bootstrap: string, round = 0, plugins: Plugins = {}): Promise<Worker> {
  const connect = await startConnect({
    bootstrap,
    group: `connect-bench-${round}`,
    jvm: 'shipped',
    tools: true,
    ...plugins,
    properties: asShipped,
  })
  const [worker] = connect.workers
  if (worker?.pid === undefined) throw new Error('no worker')
  return { kind: 'connect', pid: worker.pid, ...restOf(worker.url), stop: () => connect.stop() }
}

type Statuses = Readonly<Record<string, { readonly status: { readonly tasks: readonly { readonly state: string }[] } }>>

function restOf(url: string): Pick<Worker, 'put' | 'putAt' | 'running' | 'remove'> {
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(60_000),
    })
  const made = async (name: string, send: () => Promise<Response>): Promise<void> => {
    await until(`${name} to be made`, async () => {
      const response = await send()
      // 409 while Kafka Connect rebalances.
      if (response.ok || response.status === 409) return response.ok
      throw new Error(`${name}: ${await response.text()}`)
    })
  }
  return {
    put: (name, config) => made(name, () => ask('PUT', `/connectors/${name}/config`, config)),
    putAt: async (name, config, start) => {
      await made(name, () => ask('POST', '/connectors', { name, config, initial_state: 'STOPPED' }))
      // Kafka Connect refuses until it has noticed that nothing runs.
      await until(`${name} to have its offset`, async () => {
        const response = await ask('PATCH', `/connectors/${name}/offsets`, { offsets: [start] })
        return response.ok
      })
      await made(name, () => ask('PUT', `/connectors/${name}/resume`))
    },
    running: async () => {
      const response = await ask('GET', '/connectors?expand=status')
      if (!response.ok) return 0
      const all = Object.values((await response.json()) as Statuses)
      return all.flatMap(({ status }) => status.tasks).filter(({ state }) => state === 'RUNNING').length
    },
    remove: async name => {
      await until(`${name} to be deleted`, async () => (await ask('DELETE', `/connectors/${name}`)).status === 404)
      await until(`${name} to end`, async () => (await ask('GET', `/connectors/${name}/status`)).status === 404)
    },
  }
}
