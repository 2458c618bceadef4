import type {
  AssignedPartition,
  SinkContext,
  SinkPlugin,
  SinkPosition,
  SinkRecord,
  SinkTask,
  Value,
} from 'millrace/plugin'
import { keepLogs, sleepUntil } from './driver.js'
import type { Log } from './driver.js'

export type Commits = Map<string, { readonly offset: number; readonly note: string }>

export function sinkRecord(value: Value, offset: number, partition = 0): SinkRecord {
  return {
    topic: 'lines',
    kafkaPartition: partition,
    kafkaOffset: offset,
    key: null,
    value,
    timestamp: null,
    timestampType: 'none',
    headers: [],
    originalTopic: 'lines',
    originalKafkaPartition: partition,
    originalKafkaOffset: offset,
  }
}

/**
 * One task of a sink as the runtime runs it: records of a topic `lines`, which `topic` holds, come from the last commit
 * on; commits outlive the task in `commits`.
 */
export class SinkRun {
  readonly logs: Log[]
  readonly abort = new AbortController()
  readonly #topic: readonly (readonly Value[])[]
  readonly #commits: Commits
  readonly #positions = new Map<number, number>()
  readonly #paused = new Set<number>()
  /** As the runtime tells `committable`: what was put, or else committed. */
  readonly #put = new Map<number, number>()
  #commitRequests = 0
  #task: SinkTask | undefined

  private constructor(topic: readonly (readonly Value[])[], commits: Commits, logs: Log[]) {
    this.#topic = topic
    this.#commits = commits
    this.logs = logs
  }

  static async start(
    plugin: SinkPlugin,
    options: {
      readonly config: Record<string, unknown>
      /** The values of each partition. */
      readonly topic: readonly (readonly Value[])[]
      readonly commits: Commits
      readonly taskCount?: number
    },
  ): Promise<SinkRun> {
    const { logs, logger } = keepLogs()
    const run = new SinkRun(options.topic, options.commits, logs)
    const { signal } = run.abort
    const context: SinkContext<unknown, unknown> = {
      config: options.config,
      task: null,
      id: { connector: 'test', task: 0 },
      taskCount: options.taskCount ?? 1,
      raw: {},
      signal,
      logger,
      sleep: sleepUntil(signal),
      replan: () => undefined,
      reject: (_, error) => {
        throw error
      },
      seek: () => undefined,
      pause: partitions => partitions.forEach(({ partition }) => run.#paused.add(partition)),
      resume: partitions => partitions.forEach(({ partition }) => run.#paused.delete(partition)),
      requestCommit: () => void run.#commitRequests++,
    }
    run.#task = await plugin.open(context as Parameters<SinkPlugin['open']>[0])
    const assigned = options.topic.map((_, partition): AssignedPartition => {
      const commit = options.commits.get(`lines-${partition}`)
      run.#positions.set(partition, commit?.offset ?? 0)
      if (commit) run.#put.set(partition, commit.offset)
      return { topic: 'lines', partition, note: commit?.note ?? '', ...(commit && { committed: commit.offset }) }
    })
    await run.#task?.assigned?.(assigned)
    return run
  }

  get task(): SinkTask {
    if (!this.#task) throw new Error('The task is not open.')
    return this.#task
  }

  /** Delivers the next `count` records of a partition, then makes the commits asked for. */
  async deliver(count: number, partition = 0): Promise<void> {
    await this.#commitIfAsked()
    if (this.#paused.has(partition)) throw new Error('The partition stays paused.')
    await this.put(count, partition)
    await this.#commitIfAsked()
  }

  /** Delivers, and leaves it at that. */
  async put(count: number, partition = 0): Promise<void> {
    const from = this.#positions.get(partition) ?? 0
    const values = this.#topic[partition]?.slice(from, from + count) ?? []
    await this.task.put(values.map((value, index) => sinkRecord(value, from + index, partition)))
    this.#positions.set(partition, from + values.length)
    this.#put.set(partition, from + values.length)
  }

  async commit(): Promise<void> {
    await this.task.flush?.()
    const positions = Array.from(this.#put, ([partition, offset]) => ({ topic: 'lines', partition, offset }))
    const committed: readonly SinkPosition[] = (await this.task.committable?.(positions)) ?? positions
    for (const { topic, partition, offset, note = '' } of committed)
      this.#commits.set(`${topic}-${partition}`, { offset, note })
  }

  /** Ends the task without any call that a killed process would not make. */
  async crash(): Promise<void> {
    this.abort.abort()
    await this.task.close?.()
  }

  async stop(): Promise<void> {
    await this.commit()
    await this.crash()
  }

  async #commitIfAsked(): Promise<void> {
    while (this.#commitRequests > 0) {
      this.#commitRequests = 0
      await this.commit()
    }
  }
}
