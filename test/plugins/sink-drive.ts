import { parseFields } from '../../src/core/config/parse.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { ConfigIssue } from '../../src/core/error.js'
import type { Schema } from '../../src/core/schema.js'
import type { Value } from '../../src/core/value.js'
import type { SinkContext, SinkPlugin, SinkRecord, SinkTask } from '../../src/plugin/index.js'
import type { LogLine } from './source-drive.js'

export interface MadeRecord {
  readonly topic?: string
  readonly key?: Value
  readonly keySchema?: Schema
  readonly value: Value
  readonly valueSchema?: Schema
}

/** A sink that runs in the test's own thread, for what a test wants to give it record by record. */
export class SinkDrive {
  readonly rejected: { readonly record: SinkRecord; readonly error: Error }[] = []
  readonly log: LogLine[] = []
  readonly #stop = new AbortController()
  readonly #tolerant: boolean
  #task: SinkTask | undefined
  #offset = 0

  private constructor(tolerant: boolean) {
    this.#tolerant = tolerant
  }

  /** `tolerant`: as with `errors.tolerance=all`. */
  static async open(plugin: SinkPlugin, raw: RawConfig, { tolerant = true } = {}): Promise<SinkDrive> {
    const drive = new SinkDrive(tolerant)
    const { values, issues } = parseFields(plugin.config, raw)
    if (issues.length > 0) throw new Error(issues.map(({ key, message }) => `${key}: ${message}`).join('\n'))
    drive.#task = await plugin.open(drive.#context(values, raw))
    return drive
  }

  /** Everything that is wrong with a configuration, as validation would say it. */
  static async validate(plugin: SinkPlugin, raw: RawConfig): Promise<readonly ConfigIssue[]> {
    const { values, issues } = parseFields(plugin.config, raw)
    if (issues.length > 0) return issues
    const drive = new SinkDrive(true)
    const offsets = { last: async () => undefined, all: async () => [] }
    return (await plugin.validate?.({ ...drive.#context(values, raw), raw, max: 1, offsets })) ?? []
  }

  /** Records of a topic's partition 0, one after the other. */
  records(made: readonly MadeRecord[]): readonly SinkRecord[] {
    return made.map(({ topic = 'things', key = null, ...rest }) => {
      const offset = this.#offset++
      return {
        topic,
        kafkaPartition: 0,
        kafkaOffset: offset,
        key,
        ...rest,
        timestamp: null,
        timestampType: 'none',
        headers: [],
        originalTopic: topic,
        originalKafkaPartition: 0,
        originalKafkaOffset: offset,
      }
    })
  }

  async put(made: readonly MadeRecord[]): Promise<void> {
    await this.putAgain(this.records(made))
  }

  async putAgain(records: readonly SinkRecord[]): Promise<void> {
    await this.#task!.put(records)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#task?.close?.()
  }

  #context(values: unknown, raw: RawConfig): SinkContext<never, unknown> {
    const write =
      (level: LogLine['level']) =>
      (message: string, fields?: Readonly<Record<string, unknown>>): void =>
        void this.log.push({ level, message, fields })
    return {
      config: values as never,
      raw,
      task: null,
      id: { connector: 'test', task: 0 },
      taskCount: 1,
      signal: this.#stop.signal,
      logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
      replan: () => undefined,
      reject: (record, error) => {
        this.rejected.push({ record, error: error as Error })
        return this.#tolerant
      },
      seek: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      requestCommit: () => undefined,
    }
  }
}
