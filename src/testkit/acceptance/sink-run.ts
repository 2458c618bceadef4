import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { RawConfig } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import { dispositionOf } from '../../core/error.js'
import { partitionKey, type TopicPartition } from '../../core/offset.js'
import type { SinkRecord } from '../../core/record.js'
import type { Schema } from '../../core/schema.js'
import type { Value } from '../../core/value.js'
import type { AssignedPartition, SinkContext, SinkPlugin, SinkPosition, SinkTask } from '../../plugin/index.js'
import { within } from './check.js'
import type { HandleWatch } from './handle-watch.js'
import type { KeptLog } from './kept-log.js'
import { sleepUntil } from './sleep-until.js'
import { graceMs } from './source-run.js'

const callMs = 20_000
const topic = 'acceptance'

/** A topic of two partitions, with what its consumer group committed; it outlives the runs of a sink. */
export class SinkTopic {
  readonly partitions: readonly [Value[], Value[]] = [[], []]
  readonly commits = new Map<number, { readonly offset: number; readonly note: string }>()
  #next = 0

  /** To one partition after the other. */
  add(values: readonly Value[]): void {
    for (const value of values) this.partitions[this.#next++ % 2]!.push(value)
  }

  get committed(): Value[] {
    return this.partitions.flatMap((values, partition) => values.slice(0, this.commits.get(partition)?.offset ?? 0))
  }
}

export interface SinkRunParts {
  readonly raw: RawConfig
  readonly topic: SinkTopic
  readonly log: KeptLog
  readonly handles: HandleWatch
  /** Default 20 seconds. */
  readonly patienceMs?: number | undefined
  readonly valueSchema?: Schema | undefined
}

/**
 * One opening of a sink by the runtime's rules: one call at a time, batches that are never empty, flush before commit,
 * a commit never beyond what was put, and what the plugin asks of its context done between two calls.
 */
export class SinkRun {
  readonly rejected: Value[] = []
  readonly #parts: SinkRunParts
  readonly #stop = new AbortController()
  readonly #positions: [number, number] = [0, 0]
  readonly #known = new Set<number>()
  readonly #paused = new Set<number>()
  #requests: (() => void)[] = []
  #commitRequested = false
  #task: SinkTask | undefined
  #closed = false

  private constructor(parts: SinkRunParts) {
    this.#parts = parts
  }

  static async start(plugin: SinkPlugin, parts: SinkRunParts): Promise<SinkRun> {
    const run = new SinkRun(parts)
    await run.#call('open', () => run.#open(plugin))
    return run
  }

  /** Delivers everything from where it stands, at most `size` records at once, and makes the commits that are asked for. */
  async deliverAll(size: number): Promise<void> {
    let idle = 0
    while (this.#left() > 0) {
      const records = this.#take(size)
      if (records.length > 0) await this.#put(records)
      this.#applyRequests()
      // Where nothing may be delivered, the next thing to happen is the commit that is due at its interval.
      idle = records.length > 0 ? 0 : idle + 1
      assert.ok(idle <= 3, 'It paused its partitions and does not resume them.')
      if (this.#commitRequested || records.length === 0) await this.commit()
    }
  }

  /** Delivers the next `count` records in one call. */
  async deliver(count: number): Promise<void> {
    const records = this.#take(count)
    if (records.length > 0) await this.#put(records)
    this.#applyRequests()
    if (this.#commitRequested) await this.commit()
  }

  async commit(): Promise<void> {
    this.#commitRequested = false
    const positions = [...this.#known].map(partition => ({ topic, partition, offset: this.#positions[partition]! }))
    await this.#call('flush', () => this.#task?.flush?.())
    const wanted = (await this.#call('committable', () => this.#task?.committable?.(positions))) ?? positions
    for (const position of wanted) this.#keep(position)
    this.#applyRequests()
  }

  /** As the runtime ends a task that was told to stop. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.commit()
    await this.#call('revoked', () => this.#task?.revoked?.(assignedPartitions))
    await this.#close()
  }

  /** As a task that failed ends: what was put since the last commit is in doubt, and comes again. */
  async crash(): Promise<void> {
    this.#stop.abort()
    await this.#close()
  }

  async #close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const close = async (): Promise<void> => this.#task?.close?.()
    await within(
      Math.min(graceMs, this.#parts.patienceMs ?? graceMs),
      'the sink to close',
      this.#parts.handles.run(close),
    )
  }

  async #open(plugin: SinkPlugin): Promise<void> {
    const { raw, log } = this.#parts
    const { values, issues } = parseFields(plugin.config, raw)
    assert.deepEqual(issues, [])
    log.add(values)
    const { signal } = this.#stop
    const common = { config: values as never, signal, logger: log.logger }
    const offsets = { last: async () => undefined, all: async () => [] }
    const planning = { ...common, raw, max: 1, offsets }
    assert.deepEqual((await plugin.validate?.(planning)) ?? [], [], '`validate` finds something wrong.')
    await plugin.check?.(common.config, signal)
    const context: SinkContext<never, unknown> = {
      ...common,
      task: (await plugin.tasks?.({ ...planning, watch: () => undefined }))?.[0],
      id: { connector: 'acceptance', task: 0 },
      taskCount: 1,
      raw,
      sleep: sleepUntil(signal),
      replan: () => undefined,
      reject: record => this.rejected.push(record.value) > 0,
      seek: ({ partition }, offset) => this.#ask(() => (this.#positions[partition] = offset)),
      pause: partitions => this.#ask(() => partitions.forEach(({ partition }) => this.#paused.add(partition))),
      resume: partitions => this.#ask(() => partitions.forEach(({ partition }) => this.#paused.delete(partition))),
      requestCommit: () => {
        this.#commitRequested = true
      },
    }
    this.#task = await plugin.open(context)
    const assigned = assignedPartitions.map(({ partition }) => this.#assign(partition))
    await this.#task.assigned?.(assigned)
    this.#applyRequests()
  }

  #assign(partition: number): AssignedPartition {
    const committed = this.#parts.topic.commits.get(partition)
    if (!committed) return { topic, partition, note: '' }
    this.#positions[partition] = committed.offset
    this.#known.add(partition)
    return { topic, partition, note: committed.note, committed: committed.offset }
  }

  #ask(request: () => void): void {
    this.#requests.push(request)
  }

  #applyRequests(): void {
    const requests = this.#requests
    this.#requests = []
    for (const request of requests) request()
  }

  #left(): number {
    return this.#parts.topic.partitions.reduce((left, values, at) => left + values.length - this.#positions[at]!, 0)
  }

  #take(count: number): SinkRecord[] {
    const taken: SinkRecord[] = []
    for (const [partition, values] of this.#parts.topic.partitions.entries()) {
      const from = this.#positions[partition]!
      if (this.#paused.has(partition)) continue
      for (let at = from; at < values.length && taken.length < count; at++)
        taken.push({ ...sinkRecord(values[at]!, at, partition), valueSchema: this.#parts.valueSchema })
    }
    return taken
  }

  /** The same batch again for as long as the plugin says that its failure will pass. */
  async #put(records: readonly SinkRecord[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#call('put', () => this.#task!.put(records))
        break
      } catch (error) {
        if (dispositionOf(error) !== 'retry' || attempt === 20) throw error
        await pause(50)
      }
    }
    for (const { kafkaPartition, kafkaOffset } of records) {
      this.#positions[kafkaPartition as 0 | 1] = kafkaOffset + 1
      this.#known.add(kafkaPartition)
    }
  }

  #keep({ partition, offset, note = '' }: SinkPosition): void {
    const { commits } = this.#parts.topic
    assert.ok(offset <= this.#positions[partition]!, `\`committable\` commits ${offset}, beyond what was put.`)
    assert.ok(offset >= (commits.get(partition)?.offset ?? 0), `\`committable\` goes back to ${offset}.`)
    assert.ok(Buffer.byteLength(note) <= 3_500, 'A note has more than 3,500 bytes.')
    commits.set(partition, { offset, note })
  }

  #call<T>(hook: string, call: () => T | Promise<T>): Promise<T> {
    const called = async (): Promise<T> => call()
    return within(this.#parts.patienceMs ?? callMs, `\`${hook}\` to return`, this.#parts.handles.run(called))
  }
}

const assignedPartitions: readonly TopicPartition[] = [0, 1].map(partition => ({ topic, partition }))

function sinkRecord(value: Value, offset: number, partition: number): SinkRecord {
  return {
    topic,
    kafkaPartition: partition,
    kafkaOffset: offset,
    key: partitionKey({ topic, partition }),
    value,
    timestamp: 1_700_000_000_000 + offset,
    timestampType: 'create',
    headers: [],
    originalTopic: topic,
    originalKafkaPartition: partition,
    originalKafkaOffset: offset,
  }
}
