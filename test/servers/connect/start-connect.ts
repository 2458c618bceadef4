import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { freePorts } from '../free-ports.js'
import { jarsOf } from '../java/jars.js'
import { startJava, type JavaProcess, type Jvm } from '../java/java-process.js'
import { serverFile } from '../server-file.js'
import { until } from '../until.js'

export interface ConnectOptions {
  /** `bootstrap.servers`. */
  readonly bootstrap: string
  /** `group.id`, and the prefix of the three internal topics (`<group>-configs`, `-offsets`, `-status`). */
  readonly group: string
  /** Default 1; a standalone worker is always one. */
  readonly workers?: number
  /** Default `distributed`. */
  readonly mode?: 'distributed' | 'standalone'
  /** Whether the connectors that Kafka measures itself with are there too. */
  readonly tools?: boolean
  /** Connectors of others, each a pom `connect/<name>-plugin.pom.xml`, loaded through `plugin.path` too. */
  readonly plugins?: readonly string[]
  /** Folders of jars that are no pom's, each a plugin. */
  readonly folders?: readonly string[]
  /** Of each worker's properties, over those that the harness sets. */
  readonly properties?: Readonly<Record<string, string>>
  /** Default `lean`, with a heap of 512 MB; `shipped` is what connect-distributed.sh starts: 256 MB to 2 GB. */
  readonly jvm?: Jvm
}

export interface ConnectWorker {
  readonly url: string
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  readonly logFile: string
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM. */
  stop(): Promise<void>
  /** After `kill` or `stop`, on the same port. Resolves when its REST API answers. */
  start(): Promise<void>
}

/** Real Kafka Connect, with the file connectors loaded through `plugin.path` as a plugin is. */
export interface ConnectCluster {
  readonly workers: readonly ConnectWorker[]
  /** Kills every worker; its topics stay on the brokers. */
  stop(): Promise<void>
}

const readyMs = 120_000
const heaps = { lean: ['-Xmx512m'], shipped: ['-Xms256M', '-Xmx2G'] } satisfies Record<Jvm, readonly string[]>
const mainClass = {
  distributed: 'org.apache.kafka.connect.cli.ConnectDistributed',
  standalone: 'org.apache.kafka.connect.cli.ConnectStandalone',
}

/** Starts workers and resolves when each answers. Whoever starts them stops them. */
export async function startConnect(options: ConnectOptions): Promise<ConnectCluster> {
  // A worker takes what is in its own packages from its class path alone.
  const tools = options.tools ? [await jarsOf('connect/tools.pom.xml')] : []
  const jars = [await jarsOf('connect/pom.xml'), ...tools]
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-connect-'))
  const plugin = join(scratch, 'plugins')
  await mkdir(plugin)
  for (const name of ['file', ...(options.plugins ?? [])])
    await symlink(await jarsOf(`connect/${name}-plugin.pom.xml`), join(plugin, name))
  for (const folder of options.folders ?? []) await symlink(folder, join(plugin, basename(folder)))
  const ports = await freePorts(options.workers ?? 1)
  const workers = ports.map(port => new WorkerProcess(port, options, jars, plugin, scratch))
  const stop = async (): Promise<void> => {
    await Promise.all(workers.map(worker => worker.kill()))
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    await Promise.all(workers.map(worker => worker.start()))
  } catch (error) {
    await stop()
    throw error
  }
  return { workers, stop }
}

class WorkerProcess implements ConnectWorker {
  readonly url: string
  readonly logFile: string
  readonly #file: string
  readonly #properties: string
  readonly #options: ConnectOptions
  readonly #jars: readonly string[]
  readonly #scratch: string
  #java: JavaProcess | undefined

  constructor(port: number, options: ConnectOptions, jars: readonly string[], plugin: string, scratch: string) {
    this.url = `http://127.0.0.1:${port}`
    this.logFile = join(scratch, `worker-${port}.log`)
    this.#file = join(scratch, `worker-${port}.properties`)
    this.#properties = workerProperties(port, plugin, join(scratch, 'offsets'), options)
    this.#options = options
    this.#jars = jars
    this.#scratch = scratch
  }

  get pid(): number | undefined {
    return this.#java?.over === false ? this.#java.pid : undefined
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) throw new Error(`the worker at ${this.url} runs already`)
    await writeFile(this.#file, this.#properties)
    const { jvm = 'lean' } = this.#options
    this.#java = await startJava({
      jars: this.#jars,
      mainClass: mainClass[this.#options.mode ?? 'distributed'],
      args: [this.#file],
      jvm,
      flags: [...heaps[jvm], `-Dlog4j2.configurationFile=${serverFile('connect/log4j2.xml')}`],
      logFile: this.logFile,
      scratch: this.#scratch,
    })
    await until(
      () => `Kafka Connect to answer at ${this.url}:\n${this.#java?.lastLines()}`,
      readyMs,
      () => this.#answers(),
    )
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async #answers(): Promise<boolean> {
    if (this.pid === undefined) throw new Error(`Kafka Connect ended:\n${this.#java?.lastLines()}`)
    try {
      const response = await fetch(`${this.url}/connectors`, { signal: AbortSignal.timeout(2_000) })
      return response.ok
    } catch {
      return false
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#java?.end(signal)
  }
}

function workerProperties(
  port: number,
  plugin: string,
  offsets: string,
  { bootstrap, group, mode, properties }: ConnectOptions,
): string {
  const converter = 'org.apache.kafka.connect.json.JsonConverter'
  const settings: Record<string, string | number> = {
    'bootstrap.servers': bootstrap,
    'key.converter': converter,
    'value.converter': converter,
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    ...(mode === 'standalone' ? { 'offset.storage.file.filename': offsets } : storage(group)),
    'offset.flush.interval.ms': 1_000,
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'rest.advertised.port': port,
    'plugin.path': plugin,
    // Its default looks into every class of every jar, which is most of the start.
    'plugin.discovery': 'service_load',
    ...properties,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function storage(group: string): Record<string, string | number> {
  return {
    'group.id': group,
    'config.storage.topic': `${group}-configs`,
    'offset.storage.topic': `${group}-offsets`,
    'status.storage.topic': `${group}-status`,
    'config.storage.replication.factor': -1,
    'offset.storage.replication.factor': -1,
    'status.storage.replication.factor': -1,
    'offset.storage.partitions': 5,
    'status.storage.partitions': 2,
  }
}
