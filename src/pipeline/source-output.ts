import { taskKey } from '../core/offset.js'
import type { LogWriter } from '../ports/log.js'
import { AppendQueue } from './append-queue.js'
import { persist } from './back-off.js'
import { packingOf } from './client-settings.js'
import { Ledger, type Committable } from './ledger.js'
import { Linger } from './linger.js'
import { OffsetCopy } from './offset-copy.js'
import { OffsetCommitter } from './offset-committer.js'
import type { SourceDependencies } from './source-loop.js'
import { outputMode, type OutputMode } from './output-mode.js'
import type { OutputParts } from './output-parts.js'
import { countDurable, OpenUnit, type DurableUnit, type TrackedUnit } from './source-unit.js'
import type { SourceDefinition } from './task-definition.js'
import { takeOffsets, takeTransactionalId } from './taking-over.js'
import { OpenTransaction, type FlushReason } from './transaction-boundary.js'

/** The far half of a source task: the unit at hand, what is on its way to the log, and the offsets that follow it. */
export class SourceOutput {
  readonly unit: OpenUnit
  readonly mode: OutputMode
  readonly #definition: SourceDefinition
  readonly #dependencies: SourceDependencies
  readonly #parts: OutputParts
  readonly #writerId: string
  readonly #committer: OffsetCommitter | undefined
  readonly #copy: OffsetCopy | undefined
  #ledger = new Ledger()
  #queue: AppendQueue<TrackedUnit> | undefined
  #begun = false
  #taking = false
  readonly #transaction: OpenTransaction
  readonly #linger: Linger
  /** Whether something was sent of the transaction that is open. */
  #written = false
  /** Durable, in a transaction that is open yet; without their batches (I6). */
  #undecided: DurableUnit[] = []

  /** Fails with `pipeline.client_setting`. */
  constructor(definition: SourceDefinition, dependencies: SourceDependencies, parts: OutputParts) {
    const { log, offsets, random } = dependencies
    this.mode = outputMode(definition, dependencies)
    this.#definition = definition
    this.#dependencies = dependencies
    this.#parts = parts
    this.#writerId = `connector-producer-${taskKey(definition.id)}`
    const boundary = definition.transactions?.boundary ?? { type: 'poll' }
    this.#transaction = new OpenTransaction(boundary, dependencies.clock, () => this.#endInterval())
    const packing = packingOf(definition.producer)
    this.#linger = new Linger(packing, dependencies.clock, () => this.#attempt(() => this.flushIfIdle()))
    this.unit = new OpenUnit(packing, random, offsets, {
      atomic: this.mode !== 'apart',
      keepsBuffers: !dependencies.log.takesBuffers,
    })
    if (this.mode !== 'transactional') this.#queue = this.#openQueue(() => log.openWriter({ id: this.#writerId }), true)
    this.#copy =
      offsets.copy &&
      new OffsetCopy({
        ...dependencies,
        offsets: offsets.copy,
        gate: parts.gate,
        writerId: `connector-offsets-copy-${taskKey(definition.id)}`,
      })
    this.#committer =
      this.mode === 'apart'
        ? new OffsetCommitter({
            ...dependencies,
            ledger: this.#ledger,
            notifier: { tell: committed => this.#tell(committed) },
            gate: parts.gate,
            writerId: `connector-offsets-${taskKey(definition.id)}`,
          })
        : undefined
  }

  /**
   * Before each opening of the plugin: from here on the log, and with it the committed offsets, are what this task alone
   * has written. Of a transaction nobody knows how it ended when its end failed, so nothing of what went before is sent
   * again; it is read again.
   */
  async begin(): Promise<void> {
    if (this.mode !== 'transactional') return this.#beginOnce()
    this.unit.drop()
    this.#linger.end()
    this.#ledger = new Ledger()
    this.#dependencies.metrics.set('source-record-active-count', 0)
    await this.#renew()
    this.#endPending()
  }

  /** Resolves when more may be read (I6); undefined when that is now. Rejects when an append failed for good. */
  room(): Promise<void> | undefined {
    return this.#queue?.hasRoom === false ? this.#queue.room() : undefined
  }

  /** Sends the unit at hand on its way, once there is room. */
  flush(reason: FlushReason): Promise<void> | undefined {
    const queue = this.#queue
    if (queue?.hasRoom === false) return queue.room().then(() => this.#push(reason))
    this.#push(reason)
    return undefined
  }

  /** While the log has nothing to do, a unit need not grow; while it has, units grow with the load. */
  flushIfIdle(): void {
    if (this.#queue?.isEmpty !== true || this.#parts.marked || this.#linger.holds(this.unit.builder.bytes)) return
    this.#push(this.#taking ? 'full' : 'idle')
  }

  /** Leaves out what has no end yet: an open transaction, which is read again. */
  dropUnfinished(): void {
    if (!this.#parts.marked) return
    this.#dependencies.metrics.add('source-record-active-count', -this.unit.builder.records)
    this.unit.drop()
  }

  /** Undoes what was written of the open transaction already; undefined where that is nothing. */
  undo(): Promise<void> | undefined {
    return this.#written ? this.#undo() : undefined
  }

  /** Resolves when everything but an open transaction is durable, and its offsets are committed as far as the log lets them. */
  async settle(): Promise<void> {
    try {
      if (!this.#parts.marked) await this.flush('settle')
      await this.#queue?.empty()
    } finally {
      await this.commit()
    }
  }

  /** Commits the offsets that are covered by now. */
  async commit(): Promise<void> {
    await this.#committer?.commit()
    await this.#copy?.write()
  }

  /** Whether offsets that are covered are not committed: a commit has failed. */
  get isBehind(): boolean {
    return this.#committer !== undefined && this.#ledger.committable().length > 0
  }

  /** Resolves when no commit is under way: what the offset store answers then is what counts. */
  async decided(): Promise<void> {
    await this.#committer?.decided()
  }

  /** Resolves when the plugin has heard of all commits, and what was opened is closed. A transaction that is open is undone. */
  async close(): Promise<void> {
    this.#transaction.end()
    this.#linger.end()
    await Promise.all([this.#parts.notifier.told(), this.#queue?.close(), this.#committer?.close()])
    await this.#copy?.close()
  }

  /** Around the taking of one yield into the unit: what was read and is not durable yet counts as pending (I7). */
  beginTaking(): void {
    this.#taking = true
    this.#dependencies.metrics.begin('append-pending-since')
  }

  /** Returns a promise where a transaction is to end and has to wait for room. */
  endTaking(): Promise<void> | undefined {
    this.#taking = false
    this.flushIfIdle()
    this.#endPending()
    return this.#transaction.isDue ? this.flush('yielded') : undefined
  }

  #push(reason: FlushReason): void {
    const queue = this.#queue
    // After its deadline a loop has no say any more, whatever its plugin still yields.
    if (queue === undefined || this.#parts.control.deadlineSignal.aborted) return
    this.#linger.end()
    if (this.mode === 'transactional' && this.#transaction.goesOnAfter(reason)) return this.#pushPart(queue)
    if (this.unit.isEmpty && !this.#written) return
    const unit = this.unit.finish()
    const tickets = [...unit.offsets].map(([key, { partition, offset }]) => this.#ledger.submit(key, partition, offset))
    const tracked = { ...unit, tickets }
    this.#transaction.end()
    this.#written = false
    // Without batches there is nothing to append, unless a transaction waits for its end.
    if (unit.batches.length === 0 && this.mode !== 'transactional') this.#acknowledge([tracked])
    else queue.push(tracked)
  }

  #pushPart(queue: AppendQueue<TrackedUnit>): void {
    if (this.unit.isEmpty) return
    this.#transaction.goOn()
    if (this.unit.builder.records === 0) return
    this.#written = true
    queue.push({ ...this.unit.finishPart(), tickets: [] })
  }

  #endInterval(): void {
    // Where there is no room, the next unit ends it.
    this.#attempt(() => this.#queue?.hasRoom === true && this.#push('settle'))
  }

  async #undo(): Promise<void> {
    await this.#queue!.empty()
    const records = this.#undecided.reduce((sum, unit) => sum + unit.records, 0)
    await this.#renew()
    this.#dependencies.metrics.add('source-record-active-count', -records)
  }

  /** The same run has nothing to fence but what came before it. */
  async #beginOnce(): Promise<void> {
    if (this.#begun) return
    const { stopSignal } = this.#parts.control
    const { offsets } = this.#dependencies
    const take = () => takeOffsets({ offsets, gate: this.#parts.gate, stopSignal })
    await persist(take, 'Fencing offsets', { ...this.#dependencies, signal: stopSignal })
    this.#begun = true
  }

  /** Ends the queue, and with it what is open, and begins another with the id taken anew. */
  async #renew(): Promise<void> {
    const { log, offsets, confirmOwnership } = this.#dependencies
    const { control, gate } = this.#parts
    const { stopSignal } = control
    this.#transaction.end()
    await this.#queue?.close()
    this.#queue = undefined
    this.#written = false
    this.#undecided = []
    const taking = {
      log,
      offsets,
      gate,
      confirmOwnership,
      stopSignal,
      writerId: this.#writerId,
      transactionalId: this.#definition.transactions!.id,
    }
    const take = () => takeTransactionalId(taking)
    const writer = await persist(take, 'Taking the transactional id', { ...this.#dependencies, signal: stopSignal })
    this.#queue = this.#openQueue(() => writer, false)
  }

  #openQueue(openWriter: () => LogWriter, resends: boolean): AppendQueue<TrackedUnit> {
    const { control, gate, onFailed } = this.#parts
    const queue: AppendQueue<TrackedUnit> = new AppendQueue({
      ...this.#dependencies,
      openWriter,
      resends,
      takesBuffers: this.#dependencies.log.takesBuffers,
      gate,
      signal: control.deadlineSignal,
      onAppended: (unit, baseOffsets) => this.#appended(unit, baseOffsets),
      // What an earlier queue still hears is of no account.
      onFailed: error => queue === this.#queue && onFailed(error),
    })
    return queue
  }

  #appended(unit: TrackedUnit, baseOffsets: readonly number[]): void {
    const { bytes, records, ages, tickets } = unit
    const { appended, lagSense } = this.#parts
    this.#undecided.push({ bytes, records, ages, tickets, ranges: appended.rangesOf(unit.batches, baseOffsets) })
    if (unit.continues === true) return this.#goOn()
    const units = this.#undecided
    this.#undecided = []
    lagSense.appended(countDurable(units, this.#dependencies))
    this.#acknowledge(units)
    appended.tell(
      unit.offsets.values(),
      units.flatMap(({ ranges }) => ranges),
    )
  }

  #acknowledge(units: readonly Pick<DurableUnit, 'tickets'>[]): void {
    for (const { tickets } of units) for (const ticket of tickets) this.#ledger.ack(ticket)
    if (!this.#committer) {
      // They stand in the unit that is durable now.
      const committed = this.#ledger.committable()
      this.#ledger.markCommitted(committed)
      this.#dependencies.metrics.add('offset-commit-success-total')
      this.#tell(committed)
    }
    this.#goOn()
  }

  #tell(committed: readonly Committable[]): void {
    this.#copy?.note(committed)
    this.#parts.notifier.tell(committed)
  }

  #goOn(): void {
    this.#endPending()
    this.#attempt(() => this.flushIfIdle())
  }

  /** For what runs where nobody would catch what it throws: in an acknowledgement, in a timer. */
  #attempt(action: () => unknown): void {
    try {
      action()
    } catch (error) {
      this.#parts.control.fail(error)
    }
  }

  #endPending(): void {
    // A transaction that is open waits for its source, not for the log.
    const sent = this.#transaction.isOpen && this.unit.builder.records === 0
    const taken = this.unit.isEmpty || this.#parts.marked || sent
    if (!this.#taking && this.#queue?.isEmpty !== false && taken) this.#dependencies.metrics.end('append-pending-since')
  }
}
