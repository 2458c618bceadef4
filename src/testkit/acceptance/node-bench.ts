import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Millrace from 'millrace'
import type { RawConfig } from '../../core/config/field.js'
import { errorCode, errorMessage } from '../../core/error.js'
import type { Schema } from '../../core/schema.js'
import type { Value } from '../../core/value.js'
import { until } from './check.js'
import { testedName } from './faults.js'

/** The built package, by its name: what runs in threads is not what a test runner makes of sources. */
const built = (entry: string): URL => pathToFileURL(createRequire(import.meta.url).resolve(entry))

/** How long records, and states, may take to come about on a busy machine. */
const defaultPatienceMs = 30_000
/** Schemas go along, so that what arrives is what was read: bytes, dates and decimals too. */
const json = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'true',
}

/** A real node in a folder of its own, on the embedded log, with the plugin under test in its task threads. */
export class NodeBench {
  #node: Millrace.Node | undefined

  private constructor(
    readonly home: string,
    readonly plugins: URL,
    readonly patienceMs: number,
  ) {}

  static async start(module: URL, plugin: string, patienceMs = defaultPatienceMs): Promise<NodeBench> {
    const plugins = new URL('acceptance/node-plugins.js', built('millrace/testkit'))
    plugins.searchParams.set('module', module.href)
    plugins.searchParams.set('plugin', plugin)
    const bench = new NodeBench(await mkdtemp(join(tmpdir(), 'millrace-acceptance-')), plugins, patienceMs)
    await bench.start()
    return bench
  }

  async start(): Promise<void> {
    const { startNode } = (await import(/* @vite-ignore */ built('millrace').href)) as typeof Millrace
    this.#node = await startNode({
      dataDirectory: join(this.home, 'data'),
      plugins: [this.plugins],
      log: join(this.home, 'node.log'),
      // One thread, so that all tasks are neighbours.
      threads: 1,
      worker: { 'offset.flush.interval.ms': '100' },
    })
  }

  async stop(): Promise<void> {
    await this.#node?.stop()
    this.#node = undefined
  }

  async end(): Promise<void> {
    await this.stop()
    await rm(this.home, { recursive: true, force: true })
  }

  /** Starts a source connector of the plugin under test; all its records go to a topic of the connector's name. */
  async runSource(name: string, config: RawConfig): Promise<void> {
    const transforms = [config['transforms'], 'acceptance'].filter(Boolean).join(',')
    const route = { transforms, 'transforms.acceptance.type': 'acceptance-route', 'transforms.acceptance.topic': name }
    await this.run(name, { ...config, ...route })
  }

  /** Starts a connector of the plugin under test. */
  async run(name: string, config: RawConfig): Promise<void> {
    await this.#put(name, { ...json, ...config, 'connector.class': testedName, 'restart.backoff.ms': '20' })
  }

  /** Has values written to a topic, a few milliseconds apart. */
  async feed(topic: string, values: readonly Value[], schema?: Schema): Promise<void> {
    const file = join(this.home, `${topic}.json`)
    await writeFile(file, values.map(value => `${JSON.stringify(value)}\n`).join(''))
    const described = schema && { schema: JSON.stringify(schema) }
    await this.#put(`feed-${topic}`, { ...json, 'connector.class': 'acceptance-feed', topic, file, ...described })
  }

  /** Has what arrives in a topic written down for `arrived`. */
  async collect(topic: string): Promise<void> {
    const file = this.#arrivals(topic)
    await this.#put(`collect-${topic}`, { ...json, 'connector.class': 'acceptance-collect', topics: topic, file })
  }

  /** What has arrived in a topic, as canonical text. */
  async arrived(topic: string): Promise<string[]> {
    return (await readFile(this.#arrivals(topic), 'utf8').catch(() => '')).split('\n').slice(0, -1)
  }

  async untilArrived(topic: string, count: number, of: string): Promise<string[]> {
    let arrived: string[] = []
    return this.#until(
      () => `record ${arrived.length + 1} of ${count} of ${of} to arrive`,
      async () => {
        arrived = await this.arrived(topic)
        return arrived.length >= count ? arrived : undefined
      },
    )
  }

  /** Waits for the state of a connector's first task, and answers its trace. */
  untilTask(name: string, state: string): Promise<string> {
    const task = () => this.#node?.herder.status(name)?.tasks[0]
    return this.#until(
      () => `task 0 of ${name} to be ${state} (it is ${task()?.state}: ${task()?.trace ?? 'no trace'})`,
      () => (task()?.state === state ? (task()?.trace ?? '') : undefined),
    )
  }

  /** Waits for the state of a connector's own instance, and answers its trace. */
  untilConnector(name: string, state: string): Promise<string> {
    const connector = () => this.#node?.herder.status(name)?.connector
    return this.#until(
      () => `${name} to be ${state} (it is ${connector()?.state}: ${connector()?.trace ?? 'no trace'})`,
      () => (connector()?.state === state ? (connector()?.trace ?? '') : undefined),
    )
  }

  /** All that the node says: its log, its statuses. */
  async said(): Promise<string[]> {
    const { herder } = this.#node ?? {}
    // One that was stored this moment has none yet.
    const statuses = herder?.connectors().map(name => JSON.stringify(herder.status(name) ?? null)) ?? []
    return [await readFile(join(this.home, 'node.log'), 'utf8'), ...statuses]
  }

  #arrivals(topic: string): string {
    return join(this.home, `${topic}.arrived`)
  }

  async #put(name: string, config: RawConfig): Promise<void> {
    try {
      await this.#node?.herder.putConnector(name, config, { create: true })
    } catch (error) {
      // Stored all the same: its status tells.
      if (errorCode(error) === 'connector.start_failed') return
      throw new Error(`The node refuses the connector ${name}: ${errorMessage(error)}`, { cause: error })
    }
  }

  /** A failed wait shows the end of the node's log, where the reason is. */
  async #until<T>(what: () => string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    try {
      return await until(this.patienceMs, what, ask)
    } catch (error) {
      const log = await readFile(join(this.home, 'node.log'), 'utf8')
      throw new Error(`${errorMessage(error)}\nThe node's log ends:\n${log.split('\n').slice(-12).join('\n')}`, {
        cause: error,
      })
    }
  }
}
