import type { DryRunError, DryRunStep, DryRunVerdict, ShownPart, ShownRecord } from '../../core/api/dry-run.js'
import type { DataRecord } from '../../core/record.js'
import type { Clock } from '../../ports/clock.js'
import type { RawRecord } from '../dead-letter.js'
import { changesBetween } from './changes.js'
import type { RecordShowing } from './shown-record.js'

/** A header as it is, of a record or of a topic. */
export interface TracedHeader {
  readonly value: unknown
  readonly schema?: unknown
}

/** What became of one record on its way, stage by stage. One instance serves a dry run. */
export class RecordTrace {
  readonly showing: RecordShowing
  readonly #clock: Clock
  #steps: DryRunStep[] = []
  #shown!: ShownRecord
  #headers: readonly TracedHeader[] = []
  #stage = ''
  /** The record as it came to this stage, and when it did. */
  #before!: ShownRecord
  #entered = 0
  #us = 0

  constructor(showing: RecordShowing, clock: Clock) {
    this.showing = showing
    this.#clock = clock
  }

  read(record: DataRecord): void {
    this.#begin('read', this.showing.record(record), record.headers)
  }

  /** As it stands in a topic. */
  raw(stage: 'read' | 'fetch', record: RawRecord): void {
    this.#begin(stage, this.showing.raw(record), record.headers)
  }

  get steps(): readonly DryRunStep[] {
    return this.#steps
  }

  /** Something is about to be done to the record. The converter of headers comes here for each. */
  enter(stage: string): void {
    const again = this.#steps.findIndex(step => step.stage === stage)
    if (again >= 0) this.#steps.length = again
    if (again >= 0 && stage === this.#stage) return
    this.#stage = stage
    this.#before = this.#shown
    this.#entered = this.#clock.now()
  }

  /** It has been done: what is told of it from here on does not count. */
  left(): void {
    this.#us = Math.max(0, Math.round((this.#clock.now() - this.#entered) * 1_000))
  }

  /** What failed is done again: what it had made is none. */
  retried(): void {
    this.#shown = this.#before
  }

  /** A predicate has answered. */
  judged(matches: boolean): void {
    this.#add({ matches })
  }

  /** A transform was kept from the record by its predicate. */
  passedBy(stage: string): void {
    this.#steps.push({ stage, skipped: true, us: 0 })
  }

  /** `after` undefined: it returned nothing, and fails in a moment. */
  transformed(before: DataRecord, after: DataRecord | null | undefined, dropped: string): void {
    if (after === null) this.#add({ dropped })
    else if (after !== undefined) {
      this.#headers = after.headers ?? []
      this.#became(before === after ? this.#shown : this.showing.record(after))
    }
  }

  converted(part: 'key' | 'value', shown: ShownPart): void {
    this.#became({ ...this.#shown, [part]: shown })
  }

  /** By what it is, not by its place: converters of headers may be asked for the first ones again. */
  headerConverted(isIt: (header: TracedHeader) => boolean, shown: ShownPart): void {
    const headers = this.#shown.headers.map((header, at) =>
      isIt(this.#headers[at]!) ? { name: header.name, ...shown } : header,
    )
    this.#became({ ...this.#shown, headers })
  }

  failed(error: DryRunError, verdict: DryRunVerdict): void {
    this.left()
    this.#add({ error: { ...error, verdict } })
  }

  #begin(stage: string, shown: ShownRecord, headers: readonly TracedHeader[] = []): void {
    this.#shown = shown
    this.#before = shown
    this.#headers = headers
    this.#stage = stage
    this.#steps = [{ stage, value: shown, us: 0 }]
  }

  #became(shown: ShownRecord): void {
    this.#shown = shown
    const diff = changesBetween(this.#before, shown)
    this.#add({ ...(diff.length > 0 && { value: shown }), diff })
  }

  #add(step: Omit<DryRunStep, 'stage' | 'us'>): void {
    this.#steps.push({ stage: this.#stage, ...step, us: this.#us })
  }
}
