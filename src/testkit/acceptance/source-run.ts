import assert from 'node:assert/strict'
import type { RawConfig } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import type { OffsetMap } from '../../core/offset.js'
import type { SourceRecord } from '../../core/record.js'
import type { Value } from '../../core/value.js'
import type { PlanContext, SourceContext, SourcePlugin, SourceYield } from '../../plugin/index.js'
import { canonical } from './canonical.js'
import { within } from './check.js'
import type { HandleWatch } from './handle-watch.js'
import type { KeptLog } from './kept-log.js'
import { sleepUntil } from './sleep-until.js'

type Context = SourceContext<Record<string, unknown>, unknown, OffsetMap, OffsetMap>
type CommittedHandler = Parameters<Context['onCommitted']>[0]

/** How long the outside system may take to give what is there. */
const readMs = 20_000
/** The graceful time: what a plugin may take to end. Connect's default of task.shutdown.graceful.timeout.ms. */
export const graceMs = 5_000

interface Entry {
  readonly key: string
  readonly partition: OffsetMap | undefined
  readonly offset: OffsetMap | undefined
  /** Undefined for an offset without a record. */
  readonly value: string | undefined
}

/** A connector's committed offsets, which outlive its runs. */
export class CommittedOffsets {
  readonly #entries = new Map<string, { readonly partition: OffsetMap; readonly offset: OffsetMap }>()

  all(): { readonly partition: OffsetMap; readonly offset: OffsetMap }[] {
    return [...this.#entries.values()].map(entry => structuredClone(entry))
  }

  last(partition: OffsetMap): OffsetMap | undefined {
    return structuredClone(this.#entries.get(partitionText(partition))?.offset)
  }

  commit(partition: OffsetMap, offset: OffsetMap): void {
    this.#entries.set(partitionText(partition), structuredClone({ partition, offset }))
  }
}

export interface SourceRunParts {
  readonly raw: RawConfig
  readonly offsets: CommittedOffsets
  readonly log: KeptLog
  readonly handles: HandleWatch
  /** Default 20 seconds. */
  readonly patienceMs?: number | undefined
  readonly part?: ((value: Value) => Value) | undefined
}

/**
 * One opening of a source's `read`, over offsets in memory, by the runtime's rules: it pulls when there is room and one
 * batch at a time, commits prefixes, and stops by the signal and then `return`.
 */
export class SourceRun {
  readonly entries: Entry[] = []
  readonly #parts: SourceRunParts
  readonly #stop = new AbortController()
  #iterator: AsyncIterator<SourceYield<OffsetMap, OffsetMap>> | undefined
  #pending: Promise<boolean> | undefined
  #committed: CommittedHandler | undefined
  #ended = false

  private constructor(parts: SourceRunParts) {
    this.#parts = parts
  }

  static async start(plugin: SourcePlugin, parts: SourceRunParts): Promise<SourceRun> {
    const run = new SourceRun(parts)
    await parts.handles.run(() => run.#open(plugin))
    return run
  }

  /** The records' values as text, in the order they came. */
  get values(): string[] {
    return this.entries.flatMap(({ value }) => (value === undefined ? [] : [value]))
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Pulls until `count` records are there; a batch may bring more. */
  async read(count: number): Promise<void> {
    const deadline = performance.now() + (this.#parts.patienceMs ?? readMs)
    while (this.values.length < count && !this.#ended)
      await within(
        deadline - performance.now(),
        `record ${this.values.length + 1} of ${count} (values so far: ${this.values.slice(-5).join(' ')})`,
        this.#pull(),
      )
    assert.ok(this.values.length >= count, `It ended after ${this.values.length} records of ${count}.`)
  }

  /** Pulls on, and says whether a record came, or the end, within `ms`. What is asked for stays asked for. An offset without a record is none. */
  async pullFor(ms: number): Promise<'yielded' | 'ended' | 'quiet'> {
    const quiet = new AbortController()
    const { length } = this.values
    const timeout = this.#parts.handles.outside(() => sleepUntil(quiet.signal)(ms))
    try {
      for (;;) {
        const more = await Promise.race([this.#pull(), timeout])
        if (more === undefined) return 'quiet'
        if (!more) return 'ended'
        if (this.values.length > length) return 'yielded'
      }
    } finally {
      quiet.abort()
    }
  }

  /** Commits the offsets of the first `count` records, and of what needs no record after them. */
  async commit(count: number): Promise<void> {
    const latest = new Map<string, Entry>()
    let records = 0
    for (const entry of this.entries) {
      if (entry.value !== undefined && ++records > count) break
      if (entry.partition && entry.offset) latest.set(entry.key, entry)
    }
    for (const { partition, offset } of latest.values()) {
      this.#parts.offsets.commit(partition!, offset!)
      await within(graceMs, 'onCommitted to return', Promise.resolve(this.#committed?.(partition!, offset!)))
    }
  }

  /** Aborts, then returns the generator; fails when that takes longer than the graceful time. */
  async stop(): Promise<void> {
    const { handles, log } = this.#parts
    this.#stop.abort()
    const ending = async (): Promise<void> => {
      // Many clients end an aborted wait by an error: the runtime takes no notice of it.
      await this.#pending?.catch((error: unknown) => log.add(error))
      await handles.run(() => this.#iterator?.return?.())
    }
    await within(
      Math.min(graceMs, this.#parts.patienceMs ?? graceMs),
      'the read to end after its signal aborted',
      ending(),
    )
  }

  async #open(plugin: SourcePlugin): Promise<void> {
    const { raw, offsets, log } = this.#parts
    const { values, issues } = parseFields(plugin.config, raw)
    assert.deepEqual(issues, [])
    const config = values as Record<string, unknown>
    log.add(config)
    const common = {
      config: config as never,
      signal: this.#stop.signal,
      logger: log.logger,
      offsets: {
        last: async (partition: OffsetMap) => offsets.last(partition),
        all: async () => offsets.all(),
      },
    }
    assert.deepEqual(
      (await plugin.validate?.({ ...common, raw, max: 1 })) ?? [],
      [],
      '`validate` finds something wrong.',
    )
    const context: Context = {
      ...common,
      task: await planOne(plugin, { ...common, raw, max: 1, watch: () => undefined }),
      id: { connector: 'acceptance', task: 0 },
      taskCount: 1,
      raw,
      sleep: sleepUntil(this.#stop.signal),
      replan: () => undefined,
      onCommitted: handler => {
        this.#committed = handler
      },
      onAppended: () => undefined,
      onLag: () => undefined,
      passesEncoded: false,
      progress: () => undefined,
    }
    this.#iterator = plugin.read(context)[Symbol.asyncIterator]()
  }

  /** Whether something was yielded; false at the end of the input. A pull that is under way is waited for, not repeated. */
  #pull(): Promise<boolean> {
    this.#pending ??= this.#next().finally(() => (this.#pending = undefined))
    return this.#pending
  }

  async #next(): Promise<boolean> {
    const result = await this.#parts.handles.run(() => this.#iterator!.next())
    if (result.done === true) {
      this.#ended = true
      return false
    }
    for (const entry of entriesOf(result.value, this.#parts.part)) this.entries.push(entry)
    return true
  }
}

async function planOne(plugin: SourcePlugin, context: PlanContext<never>): Promise<unknown> {
  if (!plugin.tasks) return undefined
  const tasks = await plugin.tasks(context)
  assert.equal(tasks.length, 1, '`tasks` with a maximum of one must make one task of a configuration with work to do.')
  return JSON.parse(JSON.stringify(tasks[0])) as unknown
}

function entriesOf(yielded: SourceYield<OffsetMap, OffsetMap>, part: SourceRunParts['part']): Entry[] {
  if (isList(yielded)) return yielded.map(record => recordEntry(record, part))
  if (!('mark' in yielded)) return [recordEntry(yielded, part)]
  const { mark } = yielded
  if (mark !== 'offset') throw new Error(`The suite cannot judge what a mark "${mark}" does: test it on a node.`)
  const { partition, offset } = yielded
  return [{ key: partitionText(partition), partition, offset, value: undefined }]
}

function recordEntry({ partition, offset, value }: SourceRecord, part: SourceRunParts['part']): Entry {
  return { key: partitionText(partition), partition, offset, value: canonical(part ? part(value) : value) }
}

function isList(yielded: SourceYield<OffsetMap, OffsetMap>): yielded is readonly SourceRecord[] {
  return Array.isArray(yielded)
}

export function partitionText(partition: OffsetMap | undefined): string {
  return canonical(partition)
}
