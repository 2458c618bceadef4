import { join } from 'node:path'
import { errorCode } from '../../core/error.js'
import type { Clock, TimerHandle } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import { compact, isDirty, type CompactedSegment } from './compaction.js'
import type { Disposal } from './disposal.js'
import type { EndsChange, EndsStore, SegmentRecord } from './ends-store.js'
import { indexFile, partitionFolder, segmentFile } from './layout.js'
import type { PartitionLog } from './partition-log.js'
import { expiredSegments } from './retention.js'
import type { SegmentStore } from './segment-store.js'
import type { TopicRegistry } from './topic-registry.js'

export interface MaintenanceOptions {
  readonly ends: EndsStore
  readonly registry: TopicRegistry
  readonly segments: SegmentStore
  readonly disposal: Disposal
  readonly clock: Clock
  readonly logger: Logger
  readonly intervalMs: number
}

/**
 * Retention and compaction, one partition after the other, from time to time. A segment leaves the ends store first
 * and the disk after it; a compacted one is whole and durable before the ends store names it. So a crash at any moment
 * leaves either the old or the new. Files are read and written in pieces, between which appends go on.
 */
export class Maintenance {
  readonly #options: MaintenanceOptions
  #timer: TimerHandle | undefined
  #running: Promise<void> | undefined
  #stopped = false
  /** What it failed with the last time. */
  readonly #failing = new WeakMap<PartitionLog, string>()

  constructor(options: MaintenanceOptions) {
    this.#options = options
    this.#schedule()
  }

  /** One round over all partitions, now; joins one that is under way. */
  run(): Promise<void> {
    this.#running ??= this.#round().finally(() => (this.#running = undefined))
    return this.#running
  }

  /** Ends after the piece under way. */
  async close(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer)
    await this.#running
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimer(() => {
      void this.run().then(() => {
        if (!this.#stopped) this.#schedule()
      })
    }, this.#options.intervalMs)
  }

  async #round(): Promise<void> {
    for (const log of Array.from(this.#options.registry.logs())) {
      if (this.#stopped) return
      try {
        if (log.settings.expires) await this.#expire(log)
        if (log.settings.compacts && isDirty(log.closed)) await this.#compact(log)
        this.#failing.delete(log)
      } catch (cause) {
        this.#tell(log, cause)
      }
    }
  }

  /** Whatever it is, the records are where they were, and the next round tries again. It is told once while it lasts. */
  #tell(log: PartitionLog, cause: unknown): void {
    if (log.deleted || this.#failing.get(log) === errorCode(cause)) return
    this.#failing.set(log, errorCode(cause))
    const { topic, partition } = log
    this.#options.logger.log('error', 'Retention or compaction of a partition failed', { topic, partition, err: cause })
  }

  async #expire(log: PartitionLog): Promise<void> {
    const { ends, disposal, clock, segments: store } = this.#options
    let count = expiredSegments(log.segments, log.settings, clock.wallTime())
    if (count > log.closed.length) {
      if (log.busy) count = log.closed.length
      else log.seal()
    }
    const gone = log.segments.slice(0, count)
    const start = gone.at(-1)?.end
    if (start === undefined || !this.#isKnown(log)) return
    const paths = filesOf(log, gone)
    ends.commit([...segmentsGone(log, gone), { kind: 'start', ...place(log), start }, ...disposal.doom(paths)])
    log.replaced(log.segments.slice(count), start)
    for (const segment of gone) await store.openFiles.drop(log, segment)
    await disposal.remove(paths)
  }

  async #compact(log: PartitionLog): Promise<void> {
    const { segments, clock } = this.#options
    for await (const compacted of compact(log, segments, clock.wallTime())) {
      // What is left over under a name that nothing refers to goes with the topic, or at the next start.
      if (this.#stopped || !this.#isKnown(log)) return
      await this.#switch(log, compacted)
    }
  }

  /** Names the new segment in place of the old ones. */
  async #switch(log: PartitionLog, { inputs, output }: CompactedSegment): Promise<void> {
    const { ends, disposal, segments: store } = this.#options
    const paths = filesOf(log, inputs)
    ends.commit([
      ...segmentsGone(log, inputs),
      { kind: 'segment', ...place(log), segment: output },
      ...disposal.doom(paths),
    ])
    const before = log.segments.filter(segment => segment.end <= output.base)
    const after = log.segments.filter(segment => segment.base >= output.end)
    log.replaced([...before, output, ...after], log.start)
    for (const segment of inputs) await store.openFiles.drop(log, segment)
    await disposal.remove(paths)
  }

  /** A topic that is being deleted is left alone: its segments must not be named again. */
  #isKnown(log: PartitionLog): boolean {
    return this.#options.registry.find(log) === log
  }
}

function place({ topic, partition }: PartitionLog): { readonly topic: string; readonly partition: number } {
  return { topic, partition }
}

function segmentsGone(log: PartitionLog, segments: readonly SegmentRecord[]): EndsChange[] {
  return segments.map(({ base }) => ({ kind: 'segment-gone', ...place(log), base }))
}

function filesOf(log: PartitionLog, segments: readonly SegmentRecord[]): string[] {
  const folder = partitionFolder(log)
  return segments.flatMap(segment => [join(folder, segmentFile(segment)), join(folder, indexFile(segment))])
}
