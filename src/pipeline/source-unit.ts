import type { OffsetMap } from '../core/offset.js'
import type { Clock } from '../ports/clock.js'
import type { AppendedRange } from '../plugin/index.js'
import type { BatchAppend } from '../ports/log.js'
import type { Random } from '../ports/random.js'
import type { ConnectorOffsets, SourceOffset } from '../ports/source-offsets.js'
import type { EncodedRecord } from './dead-letter.js'
import type { Packing } from './client-settings.js'
import type { Ticket } from './ledger.js'
import { RecordAges, type UnitAges } from './record-ages.js'
import type { TaskMetrics } from './task-metrics.js'
import { UnitBuilder } from './unit-builder.js'

/** What one append writes: records, dead letters and, where that is one step, the offsets that cover them. */
export interface SourceUnit {
  readonly batches: readonly BatchAppend[]
  /** By ledger key: where each source partition may go on once the unit is durable. */
  readonly offsets: ReadonlyMap<string, SourceOffset>
  /** Of its batches. */
  readonly bytes: number
  /** Without dead letters. */
  readonly records: number
  readonly deadLetters: number
  /** How old its records are. */
  readonly ages: UnitAges
  /** Its transaction goes on with the next unit. */
  readonly continues?: boolean
}

interface Moved {
  readonly partition: OffsetMap
  offset: OffsetMap
}

/** The unit that a source's records are put into. */
export class OpenUnit {
  readonly builder: UnitBuilder
  readonly ages = new RecordAges()
  readonly #offsetLog: ConnectorOffsets
  readonly #atomic: boolean
  #offsets = new Map<string, Moved>()
  #last: Moved | undefined
  #deadLetters = 0

  /** `atomic`: offsets are appended with the records. */
  constructor(
    packing: Packing,
    random: Random,
    offsetLog: ConnectorOffsets,
    { atomic, keepsBuffers }: { readonly atomic: boolean; readonly keepsBuffers: boolean },
  ) {
    this.builder = new UnitBuilder(packing, random, keepsBuffers)
    this.#offsetLog = offsetLog
    this.#atomic = atomic
  }

  get isEmpty(): boolean {
    return this.builder.records === 0 && this.#offsets.size === 0
  }

  /** The source may go on from `offset` once what is in the unit by now is durable. */
  move(partition: OffsetMap | undefined, offset: OffsetMap | undefined): void {
    if (partition === undefined || offset === undefined) return
    if (this.#last?.partition !== partition) {
      const key = this.#offsetLog.key(partition)
      let moved = this.#offsets.get(key)
      if (!moved) this.#offsets.set(key, (moved = { partition, offset }))
      this.#last = moved
    }
    this.#last.offset = offset
  }

  /** `topic` was added before. Fails as `UnitBuilder.append` does. */
  addDeadLetter(topic: string, letter: EncodedRecord): void {
    this.builder.append(
      this.builder.lane(topic)!,
      undefined,
      letter.timestamp,
      letter.key,
      letter.value,
      letter.headers,
    )
    this.#deadLetters++
  }

  /** Fails with `offsets.not_primitive`. */
  finish(): SourceUnit {
    const offsets = this.#offsets
    const committed = this.#atomic && offsets.size > 0 ? this.#offsetLog.encode([...offsets.values()]) : []
    const deadLetters = this.#deadLetters
    const records = this.builder.records - deadLetters
    const batches = [...this.builder.finish(), ...committed]
    const ages = this.ages.take()
    this.#restart()
    return { batches, offsets, bytes: bytesOf(batches), records, deadLetters, ages }
  }

  /**
   * What is in it by now, but for the offsets: they stay for the end of the transaction, so that none is open in the
   * offsets topic for long, where others wait to read theirs.
   */
  finishPart(): SourceUnit {
    const deadLetters = this.#deadLetters
    const records = this.builder.records - deadLetters
    this.#deadLetters = 0
    const ages = this.ages.take()
    const batches = this.builder.finish()
    return { batches, offsets: new Map(), bytes: bytesOf(batches), records, deadLetters, ages, continues: true }
  }

  /** Forgets the records, and keeps the offsets: what was aborted is skipped, not read again. */
  abort(): void {
    this.builder.drop()
    this.ages.drop()
    this.#deadLetters = 0
  }

  /** Forgets all of it. */
  drop(): void {
    this.abort()
    this.#restart()
  }

  #restart(): void {
    this.#offsets = new Map()
    this.#last = undefined
    this.#deadLetters = 0
  }
}

export interface TrackedUnit extends SourceUnit {
  readonly tickets: readonly Ticket[]
}

/** What is left to be told of a unit once its batches are gone. */
export interface DurableUnit extends Pick<TrackedUnit, 'bytes' | 'records' | 'ages' | 'tickets'> {
  /** Where its records stand, where a plugin wants to know. */
  readonly ranges: readonly AppendedRange[]
}

/** Counts units that became durable together, a transaction's, and tells their newest record. */
export function countDurable(
  units: readonly DurableUnit[],
  { metrics, clock }: { readonly metrics: TaskMetrics; readonly clock: Clock },
): UnitAges['newest'] {
  const records = units.reduce((sum, of) => sum + of.records, 0)
  metrics.add('source-record-write-total', records)
  metrics.add('source-record-active-count', -records)
  metrics.sample('source-record-active-count', metrics.get('source-record-active-count'))
  metrics.sample('transaction-size', records)
  const now = clock.wallTime()
  let newest: UnitAges['newest']
  for (const { bytes, ages } of units) {
    metrics.add('bytes-total', bytes)
    for (const { records: of, timestamp } of ages.classes) metrics.addLatency(now - timestamp, of)
    newest = ages.newest ?? newest
  }
  return newest
}

const bytesOf = (batches: readonly BatchAppend[]): number => batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
