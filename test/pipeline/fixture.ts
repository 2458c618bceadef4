import { RecordCursor, batches } from '../../src/codec/index.js'
import { createMemoryLog } from '../../src/adapters/memory/index.js'
import type { Epoch } from '../../src/core/epoch.js'
import type { OffsetMap } from '../../src/core/offset.js'
import { MillraceError, errorCode } from '../../src/core/error.js'
import type { SinkRecord, SourceRecord } from '../../src/core/record.js'
import {
  defineSink,
  defineSource,
  t,
  type Converter,
  type SinkContext,
  type SinkTask,
  type SourceContext,
  type SourceYield,
} from '../../src/plugin/index.js'
import type { AppendUnit, LogClient, LogWriter } from '../../src/ports/log.js'
import type { Logger } from '../../src/ports/logger.js'
import type { ConnectorOffsets } from '../../src/ports/source-offsets.js'
import { SinkLoop } from '../../src/pipeline/sink-loop.js'
import { SourceLoop } from '../../src/pipeline/source-loop.js'
import type { ErrorPolicy, SinkDefinition, SourceDefinition } from '../../src/pipeline/task-definition.js'
import type { LoopDependencies, TaskLoop } from '../../src/pipeline/task-loop.js'
import { TaskMetrics, readTaskMetrics, taskMetricCells, type TaskSnapshot } from '../../src/pipeline/task-metrics.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { ManualClock, seededRandom } from '../../src/testkit/index.js'
import { ManualLease } from './manual-lease.js'

/** Text as it is; a `Buffer` or null too. */
export const plainConverter: Converter = {
  fromData: (_topic, _schema, value) => (value === null ? null : (value as string)),
  toData: (_topic, bytes) => ({ value: bytes?.toString() ?? null }),
}

export const lenient: ErrorPolicy = {
  tolerance: 'all',
  retryTimeoutMs: 0,
  retryDelayMaxMs: 60_000,
  logEnable: false,
  logIncludeMessages: false,
}
export const strict: ErrorPolicy = { ...lenient, tolerance: 'none' }
export const withLetters = (policy: ErrorPolicy): ErrorPolicy => ({
  ...policy,
  deadLetter: { topic: 'letters', replicationFactor: 1, contextHeaders: true },
})

const step = (converter: Converter) => ({ className: 'test.Plain', converter })

const common = {
  id: { connector: 'c', task: 0 },
  taskCount: 1,
  config: {},
  raw: {},
  task: undefined,
  transforms: [],
  keyConverter: step(plainConverter),
  valueConverter: step(plainConverter),
  headerConverter: step(plainConverter),
  errors: strict,
  producer: {},
  consumer: {},
} as const

type Read = (
  context: SourceContext<object, unknown, OffsetMap, OffsetMap>,
) => AsyncIterable<SourceYield<OffsetMap, OffsetMap>>

export function sourceOf(read: Read, changes: Partial<SourceDefinition> & { transactional?: boolean } = {}) {
  const { transactional, ...rest } = changes
  const plugin = defineSource({
    name: 'test-source',
    version: '1.0.0',
    summary: 'Reads what a test gives.',
    config: {},
    offsets: { partition: { file: t.string }, offset: { position: t.integer } },
    ...(transactional && { transactionBoundaries: () => true }),
    read: read as never,
  })
  return { ...common, kind: 'source', plugin, topicCreation: [], ...rest } satisfies SourceDefinition
}

export function sinkOf(
  open: (context: SinkContext<object, undefined>) => SinkTask | Promise<SinkTask>,
  changes: Partial<SinkDefinition> = {},
) {
  const plugin = defineSink({ name: 'test-sink', version: '1.0.0', summary: 'Takes it.', config: {}, open })
  return {
    ...common,
    kind: 'sink',
    plugin,
    topics: { names: ['t'] },
    group: 'connect-c',
    ...changes,
  } satisfies SinkDefinition
}

/** One record of file `a` at `position`; its value names it. */
export function line(position: number, changes: Partial<SourceRecord> = {}): SourceRecord {
  return { topic: 't', value: `v${position}`, partition: filePartition, offset: { position }, ...changes }
}
const filePartition = { file: 'a' }

export interface Line {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log with everything a loop needs, under virtual time. */
export class Bench {
  readonly clock = new ManualClock()
  readonly lines: Line[] = []
  readonly events: string[] = []
  readonly cells = new Float64Array(taskMetricCells)
  readonly log: LogClient
  readonly #inner: LogClient
  readonly #random

  readonly lease = new ManualLease()
  /** What the coordinator would say of the task's grant. */
  owns: () => boolean | Promise<boolean> = () => true

  /** `transactions`: the log is not atomic, and has transactional writers. */
  constructor(options: { atomic?: boolean; transactions?: boolean; seed?: number; fault?: Fault } = {}) {
    const transactions = options.transactions ?? false
    this.#inner = createMemoryLog({ clock: this.clock, atomic: !transactions }).connect()
    this.log = faulty(this.#inner, (options.atomic ?? true) && !transactions, options.fault ?? {})
    this.#random = seededRandom(options.seed ?? 1)
  }

  get metrics(): TaskSnapshot {
    return readTaskMetrics(this.cells)
  }

  readonly logger: Logger = {
    log: (level, message, fields = {}) => void this.lines.push({ level, message, fields }),
    child: () => this.logger,
  }

  dependencies(): LoopDependencies {
    return {
      log: this.log,
      lease: this.lease,
      clock: this.clock,
      random: this.#random,
      logger: this.logger,
      metrics: new TaskMetrics(this.cells, this.clock),
      events: {
        running: () => void this.events.push('running'),
        paused: () => void this.events.push('paused'),
        topicUsed: topic => void this.events.push(`topic ${topic}`),
      },
      commitIntervalMs: 60_000,
      commitTimeoutMs: 5_000,
      replan: () => void this.events.push('replan'),
      hide: text => text.replaceAll('s3cret', '${env:S}'),
    }
  }

  async offsets() {
    const store = new OffsetStore(
      { log: this.log, clock: this.clock, logger: this.logger, isolation: 'read_committed' },
      { name: 'offsets', partitions: 3 },
    )
    await store.open()
    return store
  }

  /** `changes`: of what its offsets are. */
  async source(definition: SourceDefinition, changes: Partial<ConnectorOffsets> = {}): Promise<Running> {
    const store = await this.offsets()
    const loop = new SourceLoop(definition, {
      ...this.dependencies(),
      offsets: { ...store.forConnector('c'), ...changes },
      confirmOwnership: async () => this.owns(),
    })
    return this.#running(loop, () => store.close())
  }

  sink(definition: SinkDefinition, epoch?: Epoch): Running {
    const dependencies = { ...this.dependencies(), ...(epoch && { epoch }) }
    return this.#running(new SinkLoop(definition, dependencies), async () => {})
  }

  /** Values in a topic, by partition and offset. */
  async values(topic: string): Promise<(string | null)[]> {
    return (await this.records(topic)).map(record => record.value)
  }

  async records(topic: string) {
    const found: {
      partition: number
      key: string | null
      value: string | null
      headers: Record<string, string | null>
      timestamp: number
    }[] = []
    const description = await this.#inner.topics.describe(topic)
    for (let partition = 0; partition < (description?.partitions ?? 0); partition++) {
      const reader = this.#inner.openReader({ isolation: 'read_committed' })
      await reader.assign([{ topic, partition, offset: 'earliest' }])
      const cursor = new RecordCursor()
      for (const chunk of await reader.read({ maxBytes: 1 << 30, maxWaitMs: 0 })) {
        for (const batch of batches(chunk.bytes)) {
          if (batch.control) continue
          cursor.open(chunk.bytes, batch)
          while (cursor.next())
            found.push({
              partition,
              key: cursor.key?.toString() ?? null,
              value: cursor.value?.toString() ?? null,
              headers: Object.fromEntries(cursor.headers().map(of => [of.key, of.value?.toString() ?? null])),
              timestamp: cursor.timestamp,
            })
        }
      }
      await reader.close()
    }
    return found
  }

  /** The committed source offset of file `a`. */
  async committed(): Promise<OffsetMap | undefined> {
    const store = await this.offsets()
    const offset = await store.forConnector('c').last(filePartition)
    await store.close()
    return offset
  }

  async groupOffset(partition = 0): Promise<{ offset: number; metadata: string } | undefined> {
    const found = (await this.#inner.groups.fetch('connect-c')).find(of => of.partition === partition)
    return found && { offset: found.offset, metadata: found.metadata }
  }

  async produce(topic: string, values: readonly string[], partitions = 1, partition = 0): Promise<void> {
    if (!(await this.#inner.topics.describe(topic))) await this.#inner.topics.create({ name: topic, partitions })
    const { BatchBuilder } = await import('../../src/codec/index.js')
    const builder = new BatchBuilder()
    for (const value of values) builder.append(this.clock.wallTime(), `k-${value}`, value, [{ key: 'h', value: 'x' }])
    await this.#inner.openWriter({ id: 'test' }).append({ batches: [{ topic, partition, bytes: builder.finish() }] })
  }

  #running(loop: TaskLoop, close: () => Promise<void>): Running {
    const end: { done: boolean; error: unknown } = { done: false, error: undefined }
    const watch = async (): Promise<void> => {
      try {
        await loop.run()
      } catch (error) {
        end.error = error
      }
      end.done = true
      await close()
    }
    const promise = watch()
    return {
      loop,
      end,
      ended: () => this.clock.advanceUntil(() => end.done).then(() => promise),
      drain: async (withinMs = 5_000) => {
        const drained = loop.drain(withinMs)
        await this.clock.advanceUntil(() => end.done)
        await drained
        await promise
      },
    }
  }
}

export interface Running {
  readonly loop: TaskLoop
  readonly end: { readonly done: boolean; readonly error: unknown }
  /** Moves time until the loop has ended. */
  ended(): Promise<void>
  drain(withinMs?: number): Promise<void>
}

export interface Fault {
  /** Called before each append; what it throws fails the append, what it awaits delays it. So with group commits. */
  append?: (unit: AppendUnit, writerId: string) => void | Promise<void>
  groupCommit?: () => void | Promise<void>
}

/** Something that hangs until a test lets it go on. */
export function hanging(): { readonly promise: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined
  const promise = new Promise<void>(resolve => {
    end = resolve
  })
  return { promise, end: () => end() }
}

export const diskFull = () => new MillraceError('log.disk_full', 'There is no room.', { disposition: 'retry' })

/** A memory log whose appends fail or wait as a test says, and that loses its atomicity on request. */
export function faulty(inner: LogClient, atomic: boolean, fault: Fault): LogClient {
  return {
    atomic,
    takesBuffers: inner.takesBuffers,
    topics: inner.topics,
    groups: {
      ...inner.groups,
      commit: async (group, offsets) => {
        await fault.groupCommit?.()
        await inner.groups.commit(group, offsets)
      },
    },
    openReader: options => inner.openReader(options),
    openWriter: options => new FaultyWriter(inner.openWriter(options), options.id, fault),
    settled: () => inner.settled(),
    close: () => inner.close(),
  }
}

/** Appends in order, and fails all behind the first that fails, as the port demands. */
class FaultyWriter implements LogWriter {
  readonly #inner: LogWriter
  readonly #id: string
  readonly #fault: Fault
  #last: Promise<unknown> = Promise.resolve()

  constructor(inner: LogWriter, id: string, fault: Fault) {
    this.#inner = inner
    this.#id = id
    this.#fault = fault
  }

  fence(): Promise<void> {
    return this.#inner.fence()
  }

  append(unit: AppendUnit): ReturnType<LogWriter['append']> {
    const before = this.#last
    const append = async () => {
      try {
        await before
      } catch (error) {
        const cause = errorCode(error) === 'log.writer_failed' ? (error as Error).cause : error
        throw new MillraceError('log.writer_failed', 'An earlier append failed.', { cause })
      }
      await this.#fault.append?.(unit, this.#id)
      return this.#inner.append(unit)
    }
    const appended = append()
    this.#last = appended
    appended.catch(() => undefined)
    return appended
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    await this.#inner.close()
  }
}

export function sinkValues(records: readonly SinkRecord[]): string[] {
  return records.map(record => String(record.value))
}
