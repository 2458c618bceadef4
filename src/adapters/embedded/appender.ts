import type { MillraceError } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import type { AppendUnit } from '../../ports/log.js'
import { fatalFailure, isDiskFull, writeFailure } from './append-failure.js'
import { AppendPlan, type FindPartition } from './append-plan.js'
import type { EndsChange, EndsStore } from './ends-store.js'
import type { LogFile } from './files.js'
import type { PartitionLog } from './partition-log.js'
import type { SegmentFiles } from './segment-files.js'
import type { SegmentStore } from './segment-store.js'

/** A unit that waits for its group. Exactly one of `done` and `failed` is called, once. */
export interface PendingUnit {
  readonly unit: AppendUnit
  readonly bytes: number
  /** What an earlier unit of its writer failed with: then this one must fail too. */
  poison(): MillraceError | undefined
  done(baseOffsets: readonly number[]): void
  failed(error: unknown): void
}

export interface AppenderOptions {
  readonly segments: SegmentStore
  readonly ends: Pick<EndsStore, 'commit'>
  readonly find: FindPartition
  readonly clock: Clock
  /** Readers of the partition have something new; a segment may have been closed. */
  readonly onCommitted: (partition: PartitionLog, closed: ReturnType<PartitionLog['committed']>) => void
  /** Once, when the log must not go on; everything under way has failed, everything later fails. */
  readonly onFatal: (error: MillraceError) => void
}

/** The most that one group takes: beyond it a sync gets no cheaper per byte, and all of it waits longer. */
const maxGroupBytes = 8 << 20
const maxGroupUnits = 4096
/** One group is written while the one before is synced and committed. */
const maxGroupsUnderWay = 2

interface Group {
  readonly plan: AppendPlan
  readonly units: { readonly pending: PendingUnit; readonly baseOffsets: readonly number[] }[]
  readonly files: LogFile[]
  /** Rejects with what the sync failed with. */
  synced: Promise<void>
  /** What its write failed with. */
  failure: MillraceError | undefined
}

/**
 * Makes groups of the units that wait, and takes each through write, sync, commit and acknowledgement. Commits are in
 * the order of the groups, so in the order of arrival. A unit is in one group as a whole and a group is committed in
 * one transaction: that is what makes units atomic.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #files: SegmentFiles
  #queue: PendingUnit[] = []
  #running: Promise<void> | undefined
  #underWay = 0
  #arrived: () => void = () => {}
  /** Settles when the groups that were written so far are finished. Never rejects. */
  #tail: Promise<void> = Promise.resolve()
  /** A group failed: those behind it stand on what is not there, and fail with it. */
  #broken: MillraceError | undefined
  #spoiled: Group[] = []
  #dead = false
  /** Why nothing more is taken. */
  #refusal: MillraceError | undefined

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#files = options.segments.openFiles
  }

  append(unit: PendingUnit): void {
    if (this.#refusal !== undefined) return unit.failed(this.#refusal)
    this.#queue.push(unit)
    this.#arrived()
    this.#running ??= this.#run()
  }

  /**
   * Resolves when all that has reached this thread is finished. Ports are read in turns, so what another port had
   * brought before may still wait there for its own; after two turns it has arrived.
   */
  async settled(): Promise<void> {
    await turnOfTheLoop()
    await turnOfTheLoop()
    // An empty unit is finished after everything that arrived before it, and only then.
    await new Promise<void>(resolve => {
      const over = (): void => resolve()
      this.append({ unit: { batches: [] }, bytes: 0, poison: () => undefined, done: over, failed: over })
    })
  }

  /** Completes what waits and what is under way; what comes later fails with `error`. */
  async close(error: MillraceError): Promise<void> {
    this.#refusal ??= error
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#underWay > 0 || this.#broken !== undefined) {
      if (this.#broken !== undefined) await this.#recover(this.#broken)
      else if (this.#queue.length === 0) await Promise.race([this.#tail, this.#nextArrival()])
      else if (this.#underWay === maxGroupsUnderWay) await this.#tail
      else await this.#start()
    }
    // In the same step as the look at the queue: what comes from now on starts a run of its own.
    this.#running = undefined
  }

  async #start(): Promise<void> {
    const group = this.#collect()
    if (group === undefined) return
    this.#underWay++
    await this.#write(group)
    this.#tail = this.#tail.then(() => this.#finish(group))
    // Nothing may be planned on top of a group that failed.
    if (group.failure !== undefined) await this.#tail
  }

  #nextArrival(): Promise<void> {
    return new Promise(resolve => (this.#arrived = resolve))
  }

  #collect(): Group | undefined {
    const plan = new AppendPlan(this.#options.find, this.#options.clock.wallTime())
    const group: Group = { plan, units: [], files: [], synced: Promise.resolve(), failure: undefined }
    let bytes = 0
    let taken = 0
    for (const pending of this.#queue) {
      if (taken > 0 && (bytes + pending.bytes > maxGroupBytes || taken === maxGroupUnits)) break
      taken++
      try {
        const poison = pending.poison()
        if (poison !== undefined) throw poison
        group.units.push({ pending, baseOffsets: plan.add(pending.unit) })
        bytes += pending.bytes
      } catch (error) {
        pending.failed(error)
      }
    }
    this.#queue = this.#queue.slice(taken)
    return group.units.length === 0 ? undefined : group
  }

  async #write(group: Group): Promise<void> {
    const written = await Promise.allSettled(
      group.plan.writes.map(async write => {
        const file = await this.#files.acquire(write.partition, write.after, write.fresh)
        group.files.push(file)
        await file.write(write.buffers, write.position)
      }),
    )
    const failed = written.find(result => result.status === 'rejected')
    if (failed !== undefined) group.failure = writeFailure(failed.reason)
    else group.synced = this.#sync(group)
    // It is awaited in order, later; a failure before that is not unhandled.
    group.synced.catch(() => {})
  }

  /** All files of the group at once; a new file's name in its folder too. */
  async #sync(group: Group): Promise<void> {
    const fresh = group.plan.writes.filter(write => write.fresh).map(write => write.partition)
    const synced = await Promise.allSettled([
      ...group.files.map(file => file.sync()),
      ...[...new Set(fresh)].map(partition => this.#options.segments.syncFolder(partition)),
    ])
    const failed = synced.find(result => result.status === 'rejected')
    if (failed !== undefined) throw fatalFailure('Syncing the log', failed.reason)
  }

  /** In order of the groups: commits one that is synced and tells its units. */
  async #finish(group: Group): Promise<void> {
    try {
      await group.synced
      if (group.failure !== undefined) throw group.failure
      if (this.#broken !== undefined) throw this.#broken
      this.#commit(group)
    } catch (error) {
      const failure = error as MillraceError
      this.#broken ??= failure
      this.#spoiled.push(group)
      if (group.failure === undefined && failure.disposition === 'fatal') this.#die(failure)
    }
    for (const { partition, after } of group.plan.writes)
      await this.#files.release(partition, after, partition.head.segment?.base === after.base)
    this.#underWay--
  }

  #commit(group: Group): void {
    const changes: EndsChange[] = group.plan.writes.map(({ partition: { topic, partition }, after }) => ({
      kind: 'segment',
      topic,
      partition,
      segment: after,
    }))
    for (const { pending } of group.units)
      for (const { group: name, offsets } of pending.unit.groups ?? [])
        for (const offset of offsets) changes.push({ kind: 'offset', group: name, offset })
    try {
      this.#options.ends.commit(changes)
    } catch (error) {
      throw isDiskFull(error) ? writeFailure(error) : fatalFailure('Committing to the ends store', error)
    }
    for (const write of group.plan.writes) this.#options.onCommitted(write.partition, write.partition.committed(write))
    for (const { pending, baseOffsets } of group.units) pending.done(baseOffsets)
  }

  /** Takes away what the failed groups wrote, then tells their units: nothing of them remains, and there is room again. */
  async #recover(error: MillraceError): Promise<void> {
    await this.#tail
    const spoiled = this.#spoiled.splice(0)
    if (!this.#dead)
      try {
        for (const partition of new Set(spoiled.flatMap(group => group.plan.writes.map(write => write.partition))))
          await this.#options.segments.cutBack(partition, spoiledBases(spoiled, partition))
      } catch (cause) {
        this.#die(fatalFailure('Taking back a failed append', cause))
      }
    this.#broken = undefined
    for (const group of spoiled) for (const { pending } of group.units) pending.failed(error)
  }

  /** The log must not go on: what waits and what comes fails, what is under way is not committed. */
  stop(error: MillraceError): void {
    this.#broken ??= error
    this.#die(error)
  }

  #die(error: MillraceError): void {
    if (this.#dead) return
    this.#dead = true
    this.#refusal = error
    for (const unit of this.#queue.splice(0)) unit.failed(error)
    this.#options.onFatal(error)
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function spoiledBases(groups: readonly Group[], partition: PartitionLog): number[] {
  const writes = groups.flatMap(group => group.plan.writes).filter(write => write.partition === partition)
  return [...new Set(writes.map(write => write.after.base))]
}
