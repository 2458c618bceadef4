import { parseFields } from '../../src/core/config/parse.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { ConfigIssue } from '../../src/core/error.js'
import type { OffsetMap } from '../../src/core/offset.js'
import type { SourceRecord } from '../../src/core/record.js'
import type { LagAnswer, PluginLogger, SourceContext, SourcePlugin, SourceYield } from '../../src/plugin/index.js'

type Context = SourceContext<Record<string, unknown>, unknown, OffsetMap, OffsetMap>
type Entry = { readonly partition: OffsetMap; readonly offset: OffsetMap }

/** A connector's committed offsets, which outlive its runs. */
export class Offsets {
  readonly entries = new Map<string, Entry>()

  commit(partition: OffsetMap, offset: OffsetMap): void {
    this.entries.set(keyOf(partition), { partition, offset })
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

/** A source that runs in the test's own thread, for what a test wants to see of each record. */
export class SourceDrive {
  readonly records: SourceRecord[] = []
  readonly log: LogLine[] = []
  readonly progress: (readonly [done: number, total: number | undefined])[] = []
  readonly offsets: Offsets
  /** How often the source has asked for tasks to be planned anew. */
  replans = 0
  /** Tasks that were planned. */
  tasks: readonly unknown[] = []
  #committed: ((partition: OffsetMap, offset: OffsetMap) => void | Promise<void>) | undefined
  readonly #stop = new AbortController()
  #iterator: AsyncIterator<SourceYield<OffsetMap, OffsetMap>> | undefined
  #latest = new Map<string, Entry>()

  private constructor(offsets: Offsets) {
    this.offsets = offsets
  }

  /** `task`: which of those that are planned. */
  static async open(
    plugin: SourcePlugin,
    raw: RawConfig,
    { offsets = new Offsets(), max = 1, task = 0 }: { offsets?: Offsets; max?: number; task?: number } = {},
  ): Promise<SourceDrive> {
    const drive = new SourceDrive(offsets)
    await drive.#start(plugin, raw, max, task)
    return drive
  }

  /** Everything that is wrong with a configuration, as validation would say it. */
  static async validate(plugin: SourcePlugin, raw: RawConfig): Promise<readonly ConfigIssue[]> {
    const drive = new SourceDrive(new Offsets())
    const { values, issues } = parseFields(plugin.config, raw)
    if (issues.length > 0) return issues
    return (await plugin.validate?.({ ...drive.#common(values), raw, max: 1 })) ?? []
  }

  /** Reads until there are `count` records more than were returned before, and returns those. Fails after `ms`. */
  async read(count: number, ms = 20_000): Promise<readonly SourceRecord[]> {
    const from = this.#returned
    await this.readUntil(() => this.records.length >= from + count, ms)
    this.#returned = from + count
    return this.records.slice(from, from + count)
  }
  #returned = 0

  /** Reads until the condition holds after a batch. */
  async readUntil(condition: () => boolean, ms = 20_000): Promise<void> {
    const deadline = performance.now() + ms
    while (!condition()) {
      const pulled = await this.#pull(Math.max(1, deadline - performance.now()))
      if (pulled === 'quiet')
        throw new Error(`Nothing more came within ${ms} ms; ${this.records.length} records so far`)
      if (pulled === 'ended') throw new Error(`It ended after ${this.records.length} records`)
    }
  }

  /** Records that come within `ms`, none if it stays quiet. */
  async readFor(ms: number): Promise<readonly SourceRecord[]> {
    const from = this.records.length
    const deadline = performance.now() + ms
    for (let left = ms; left > 0; left = deadline - performance.now()) if ((await this.#pull(left)) === 'ended') break
    this.#returned = this.records.length
    return this.records.slice(from)
  }

  /** Commits what was read so far, as the runtime does once it is durable. */
  async commit(): Promise<void> {
    for (const { partition, offset } of this.#latest.values()) {
      this.offsets.commit(partition, offset)
      await this.#committed?.(partition, offset)
    }
    this.#latest = new Map()
  }

  /** How far the source says that it is behind. */
  async lag(): Promise<LagAnswer> {
    return this.#lag?.()
  }
  #lag: (() => LagAnswer | Promise<LagAnswer>) | undefined

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#pending?.catch(() => undefined)
    await this.#iterator?.return?.()
  }

  #pending: Promise<boolean> | undefined

  async #pull(ms: number): Promise<'yielded' | 'ended' | 'quiet'> {
    this.#pending ??= this.#next().finally(() => (this.#pending = undefined))
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<undefined>(resolve => (timer = setTimeout(() => resolve(undefined), ms)))
    const more = await Promise.race([this.#pending, timeout]).finally(() => clearTimeout(timer))
    if (more === undefined) return 'quiet'
    return more ? 'yielded' : 'ended'
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#iterator!.next()
    if (done === true) return false
    const list = Array.isArray(value) ? (value as readonly SourceRecord[]) : [value as SourceRecord]
    for (const item of list) {
      if (!('mark' in item)) this.records.push(item)
      if (item.partition && item.offset) this.#latest.set(keyOf(item.partition), item as Entry)
    }
    return true
  }

  async #start(plugin: SourcePlugin, raw: RawConfig, max: number, number: number): Promise<void> {
    const { values, issues } = parseFields(plugin.config, raw)
    if (issues.length > 0) throw new Error(issues.map(({ key, message }) => `${key}: ${message}`).join('\n'))
    const common = this.#common(values)
    const planned = plugin.tasks ? await plugin.tasks({ ...common, raw, max, watch: () => undefined }) : [undefined]
    this.tasks = planned
    const context: Context = {
      ...common,
      task: JSON.parse(JSON.stringify(planned[number] ?? null)) as unknown,
      id: { connector: `test-${raw['topic.prefix'] ?? ''}`, task: number },
      taskCount: planned.length,
      raw,
      sleep: ms =>
        new Promise(resolve => {
          const done = (): void => {
            clearTimeout(timer)
            this.#stop.signal.removeEventListener('abort', done)
            resolve()
          }
          const timer = setTimeout(done, ms)
          this.#stop.signal.addEventListener('abort', done, { once: true })
          if (this.#stop.signal.aborted) done()
        }),
      replan: () => void this.replans++,
      onCommitted: handler => void (this.#committed = handler),
      onAppended: () => undefined,
      onLag: provider => void (this.#lag = provider),
      passesEncoded: false,
      progress: (done, total) => void this.progress.push([done, total]),
    }
    this.#iterator = plugin.read(context)[Symbol.asyncIterator]()
  }

  #common(values: unknown) {
    const { entries } = this.offsets
    const write =
      (level: LogLine['level']): PluginLogger['info'] =>
      (message, fields) =>
        void this.log.push({ level, message, fields })
    return {
      config: values as never,
      signal: this.#stop.signal,
      logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      offsets: {
        last: async (partition: OffsetMap) => entries.get(keyOf(partition))?.offset,
        all: async () => [...entries.values()],
      },
    }
  }
}

function keyOf(partition: OffsetMap): string {
  return JSON.stringify(Object.entries(partition).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
