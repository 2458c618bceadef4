import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Overview } from '../../src/core/api/overview.js'
import { freePorts } from '../../test/servers/free-ports.js'

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const patienceMs = 120_000
const askEveryMs = 50

/** A node of the cluster under measurement, as a process; with default timers. */
export class BenchNode {
  readonly port: number
  readonly #file: string
  readonly #log: string
  #child: ChildProcess | undefined

  constructor(port: number, file: string, log: string) {
    this.port = port
    this.#file = file
    this.#log = log
  }

  get pid(): number {
    return this.#child!.pid!
  }

  get isAlive(): boolean {
    return this.#child !== undefined
  }

  /** Resolves when its REST API answers, with how long that took, ms. */
  async start(): Promise<number> {
    const began = performance.now()
    const out = openSync(this.#log, 'a')
    this.#child = spawn(process.execPath, [main, 'cluster', this.#file], { stdio: ['ignore', out, out] })
    closeSync(out)
    await until('a node to answer', async () => (await this.ask('GET', '/')) !== undefined)
    return performance.now() - began
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child!
    this.#child = undefined
    child.kill(signal)
    await once(child, 'close')
  }

  /** Undefined where it does not answer, or with an error. */
  async ask<T>(method: string, path: string, body?: object): Promise<T | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await response.text()
      return response.ok ? (JSON.parse(text || '{}') as T) : undefined
    } catch {
      return undefined
    }
  }
}

/** Nodes of one cluster on the brokers at `bootstrap`, in a scratch folder. */
export class BenchCluster {
  readonly nodes: BenchNode[]
  readonly #home: string

  private constructor(nodes: BenchNode[], home: string) {
    this.nodes = nodes
    this.#home = home
  }

  /** `properties`: of each node's worker file, besides those that make it a member. */
  static async prepare(
    bootstrap: string,
    group: string,
    count: number,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<BenchCluster> {
    const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    const text = 'org.apache.kafka.connect.storage.StringConverter'
    const nodes: BenchNode[] = []
    for (const port of await freePorts(count)) {
      const file = join(home, `${port}.properties`)
      const stores = ['config', 'offset', 'status'].flatMap(store => [
        `${store}.storage.topic=${group}-${store}`,
        `${store}.storage.replication.factor=1`,
      ])
      await writeFile(
        file,
        [
          `bootstrap.servers=${bootstrap}`,
          `group.id=${group}`,
          `key.converter=${text}`,
          `value.converter=${text}`,
          `listeners=http://127.0.0.1:${port}`,
          ...stores,
          ...Object.entries(properties).map(([key, value]) => `${key}=${value}`),
        ].join('\n'),
      )
      nodes.push(new BenchNode(port, file, join(home, `${port}.log`)))
    }
    return new BenchCluster(nodes, home)
  }

  get alive(): BenchNode[] {
    return this.nodes.filter(node => node.isAlive)
  }

  async overview(): Promise<Overview> {
    return (await until('an overview', () => this.alive[0]!.ask<Overview>('GET', '/millrace/v1/overview')))!
  }

  async put(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    const put = () => this.alive[0]!.ask('PUT', `/connectors/${name}/config`, config)
    await until(`${name} to be made`, put)
  }

  /** All tasks have an owner and run, over so many nodes, as evenly as can be. */
  async settled(tasks: number): Promise<Overview> {
    let seen: Overview | undefined
    await until(`${tasks} tasks to run on ${this.alive.length} nodes`, async () => {
      seen = await this.overview()
      const counts = seen.nodes.filter(({ state }) => state === 'up').map(node => node.connectors + node.tasks)
      return (
        seen.cluster.available === this.alive.length &&
        seen.counts.tasks['RUNNING'] === tasks &&
        seen.work.every(({ state }) => state === 'owned') &&
        Math.max(...counts) - Math.min(...counts) <= 1
      )
    })
    return seen!
  }

  async stop(): Promise<void> {
    await Promise.all(this.alive.map(node => node.end('SIGKILL')))
    await rm(this.#home, { recursive: true, force: true })
  }
}

export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T | undefined> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await sleep(askEveryMs)
  }
}
