import { MillraceError, errorCode } from '../core/error.js'
import { partitionKey, type TopicPartition } from '../core/offset.js'
import type { AssignedPartition } from '../plugin/index.js'
import type { FetchedChunk, LogReader, PartitionLag } from '../ports/log.js'
import { persist } from './back-off.js'
import type { Fetching } from './client-settings.js'
import { decodeNote } from './sink-note.js'
import type { SinkPositions } from './sink-positions.js'
import { findSinkTopics } from './sink-topics.js'
import type { SinkDefinition } from './task-definition.js'
import { taskFailure } from './task-failure.js'
import type { LoopDependencies } from './task-loop.js'

/** What a look at the topics changes in a task's share of them. */
export interface ShareChange {
  readonly added: readonly TopicPartition[]
  readonly removed: readonly TopicPartition[]
}

/** The reading end of a sink task: which partitions are its own, and what is new in them. */
export class SinkFeed {
  readonly #definition: SinkDefinition
  readonly #dependencies: LoopDependencies
  readonly #fetching: Fetching
  readonly #positions: SinkPositions
  readonly #stopSignal: AbortSignal
  #reader: LogReader | undefined
  #lookAt = -Infinity
  #wake = new AbortController()

  constructor(
    definition: SinkDefinition,
    dependencies: LoopDependencies,
    parts: { readonly fetching: Fetching; readonly positions: SinkPositions; readonly stopSignal: AbortSignal },
  ) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#fetching = parts.fetching
    this.#positions = parts.positions
    this.#stopSignal = parts.stopSignal
  }

  /** Ends the wait of a read, now or the next. */
  wake(): void {
    this.#wake.abort()
  }

  /** Looks for topics and partitions when that is due; undefined where all is as it was. */
  async look(): Promise<ShareChange | undefined> {
    const { clock, log } = this.#dependencies
    if (clock.now() < this.#lookAt) return undefined
    const { partitions, lookAgainMs } = await this.#insist('Looking for topics', () =>
      findSinkTopics(log, this.#definition),
    )
    this.#lookAt = clock.now() + lookAgainMs
    const found = new Set(partitions.map(partitionKey))
    const added = partitions.filter(of => !this.#positions.has(of))
    const removed = this.#positions.partitions.filter(of => !found.has(partitionKey(of)))
    return added.length + removed.length > 0 ? { added, removed } : undefined
  }

  /** What was committed for `partitions`, and where to begin where nothing was and the first record is not the place. */
  async committed(partitions: readonly TopicPartition[]): Promise<{
    readonly assigned: readonly AssignedPartition[]
    readonly begin: readonly (TopicPartition & { readonly offset: number })[]
  }> {
    const { log } = this.#dependencies
    const { group } = this.#definition
    const offsets = await this.#insist('Reading committed offsets', () => log.groups.fetch(group))
    const known = new Map(offsets.map(offset => [partitionKey(offset), offset]))
    const assigned: AssignedPartition[] = []
    const begin: (TopicPartition & { offset: number })[] = []
    for (const { topic, partition } of partitions) {
      const found = known.get(partitionKey({ topic, partition }))
      const offset = found ? undefined : await this.#begin({ topic, partition })
      if (found) assigned.push({ topic, partition, committed: found.offset, note: decodeNote(found.metadata) })
      else assigned.push({ topic, partition, note: '' })
      if (offset !== undefined) begin.push({ topic, partition, offset })
    }
    return { assigned, begin }
  }

  /** Reads from now on from where the task stands in each of its partitions. */
  async assign(): Promise<void> {
    await this.close()
    await this.#insist('Assigning partitions', () => this.#open())
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#reader?.seek(partition, offset)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#reader?.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#reader?.resume(partitions)
  }

  /** Waits for records, at most `maxWaitMs`, until `wake` or until topics are to be looked at. */
  async read(maxWaitMs: number): Promise<readonly FetchedChunk[]> {
    const { signal } = this.#wake
    try {
      return await this.#insist('Reading', () => this.#readOnce(maxWaitMs, signal))
    } finally {
      if (signal.aborted) this.#wake = new AbortController()
    }
  }

  /** How much of each partition has not been read; undefined while there is no reader. */
  lags(): readonly PartitionLag[] | undefined {
    return this.#reader?.lags()
  }

  /** Asks for the ends of its partitions, which else come with what is read. */
  async hearEnds(): Promise<void> {
    await this.#reader?.hearEnds()
  }

  async close(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
  }

  async #readOnce(maxWaitMs: number, signal: AbortSignal): Promise<readonly FetchedChunk[]> {
    const { clock } = this.#dependencies
    const reader = this.#reader ?? (await this.#open())
    const untilLook = Math.max(0, this.#lookAt - clock.now())
    try {
      return await reader.read({
        maxBytes: this.#fetching.maxBytes,
        maxWaitMs: Math.min(maxWaitMs, untilLook),
        signal,
      })
    } catch (error) {
      await this.close()
      if (errorCode(error) !== 'log.topic_unknown') throw error
      // A topic was deleted, which the next look will show.
      this.#lookAt = -Infinity
      return []
    }
  }

  async #open(): Promise<LogReader> {
    const reader = this.#dependencies.log.openReader({
      outOfRange: this.#fetching.reset,
      isolation: this.#fetching.isolation,
    })
    await reader.assign(
      this.#positions.partitions.map(of => ({ ...of, offset: this.#positions.get(of) ?? ('earliest' as const) })),
    )
    reader.pause(this.#positions.paused)
    this.#reader = reader
    return reader
  }

  /** The end is fixed when it is first seen, so that what arrives before the first commit is not passed over by a restart. */
  async #begin(partition: TopicPartition): Promise<number | undefined> {
    const { log } = this.#dependencies
    const { reset } = this.#fetching
    if (reset === 'earliest') return undefined
    if (reset === 'fail')
      throw new MillraceError('pipeline.nothing_committed', `Nothing is committed for ${partitionKey(partition)}.`, {
        stage: 'KAFKA_CONSUME',
        key: 'consumer.override.auto.offset.reset',
        hint: 'Set it to earliest or latest, or commit an offset.',
      })
    const { end } = await this.#insist('Finding the end of a topic', () => log.topics.bounds(partition))
    return end
  }

  async #insist<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await persist(action, what, { ...this.#dependencies, signal: this.#stopSignal })
    } catch (error) {
      throw taskFailure('KAFKA_CONSUME', error)
    }
  }
}
