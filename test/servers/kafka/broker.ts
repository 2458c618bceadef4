import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startJava, type JavaProcess, type Jvm } from '../java/java-process.js'
import { until } from '../until.js'
import { brokerProperties, type BrokerFile } from './broker-properties.js'
import { formatDirectory } from './format.js'

const heaps = { lean: ['-Xmx384m'], shipped: ['-Xms1G', '-Xmx1G'] } satisfies Record<Jvm, readonly string[]>

/** One broker of a cluster. Its data stays over `kill`, `stop` and `start`. */
export interface Broker {
  readonly id: number
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  readonly logFile: string
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM: the broker hands its partitions over first. */
  stop(): Promise<void>
  /** After `kill` or `stop`, on the same ports. Resolves when it takes part in the cluster again. */
  start(): Promise<void>
  /** SIGSTOP: it holds its connections and answers nobody. Resolves when it stands still. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): void
}

/** A broker whose directory is made and formatted, not yet running. `ready` says when it takes part in the cluster. */
export async function makeBroker(
  file: BrokerFile,
  jars: string,
  scratch: string,
  jvm: Jvm,
  ready: (broker: BrokerProcess) => Promise<void>,
): Promise<BrokerProcess> {
  await mkdir(file.directory, { recursive: true })
  await writeFile(join(file.directory, 'server.properties'), brokerProperties(file))
  await formatDirectory(jars, file.id, join(file.directory, 'logs'))
  return new BrokerProcess(file, jars, scratch, jvm, ready)
}

export class BrokerProcess implements Broker {
  readonly id: number
  readonly logFile: string
  readonly #file: BrokerFile
  readonly #jars: string
  readonly #scratch: string
  readonly #jvm: Jvm
  readonly #ready: (broker: BrokerProcess) => Promise<void>
  #java: JavaProcess | undefined

  constructor(
    file: BrokerFile,
    jars: string,
    scratch: string,
    jvm: Jvm,
    ready: (broker: BrokerProcess) => Promise<void>,
  ) {
    this.id = file.id
    this.logFile = join(file.directory, 'broker.log')
    this.#file = file
    this.#jars = jars
    this.#scratch = scratch
    this.#jvm = jvm
    this.#ready = ready
  }

  get pid(): number | undefined {
    return this.#java?.over === false ? this.#java.pid : undefined
  }

  /** Starts the process without waiting until it takes part. */
  async launch(): Promise<void> {
    this.#java = await startJava({
      jars: [this.#jars],
      mainClass: 'kafka.Kafka',
      args: [join(this.#file.directory, 'server.properties')],
      jvm: this.#jvm,
      flags: heaps[this.#jvm],
      logFile: this.logFile,
      scratch: this.#scratch,
    })
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) throw new Error(`broker ${this.id} runs already`)
    await this.launch()
    await this.#ready(this)
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async pause(): Promise<void> {
    this.#java?.signal('SIGSTOP')
    const status = `/proc/${this.pid}/status`
    await until(
      () => `broker ${this.id} to stand still`,
      10_000,
      async () => (await readFile(status, 'utf8')).includes('\nState:\tT'),
    )
  }

  resume(): void {
    this.#java?.signal('SIGCONT')
  }

  /** Fails with the end of its log where the process is not there any more. */
  mustRun(): void {
    if (this.pid === undefined) throw new Error(`broker ${this.id} ended:\n${this.#java?.lastLines() ?? ''}`)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#java?.end(signal)
  }
}
