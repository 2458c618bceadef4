import type { Clock } from '../ports/clock.js'
import { latencyBucket, latencyCells, type LatencyCell } from './latency.js'

/**
 * A task's figures: one array of numbers, in shared memory where the task runs in a thread of its own. Only the task
 * writes, anybody reads. Where Kafka Connect has the figure, it has Connect's name (KIP-196); rates, averages and
 * percentages are left to the reader. Instants are milliseconds since the
 * epoch, taken so that they never go backwards within a run; 0 means "not now".
 */
const counters = [
  // source-task-metrics
  'source-record-poll-total',
  'source-record-write-total',
  // sink-task-metrics
  'sink-record-read-total',
  'sink-record-send-total',
  'offset-commit-seq-no',
  'offset-commit-completion-total',
  'offset-commit-skip-total',
  // connector-task-metrics
  'offset-commit-success-total',
  'offset-commit-failure-total',
  // task-error-metrics
  'total-record-failures',
  'total-record-errors',
  'total-records-skipped',
  'total-retries',
  'total-errors-logged',
  'deadletterqueue-produce-requests',
  'deadletterqueue-produce-failures',
  // Tries of what passes by itself: a database that is away, a disk that is full.
  'read-retry-total',
  'append-retry-total',
  'put-retry-total',
  /** How often another writer had taken the transactional id. */
  'producer-fenced-total',
  'bytes-total',
] as const

const gauges = [
  'source-record-active-count',
  'sink-record-active-count',
  'partition-count',
  'last-error-timestamp',
  /** Units appended and not yet acknowledged. */
  'units-in-flight',
  'bytes-in-flight',
  /** Records not delivered yet, of those that it may read; NaN where nobody knows. */
  'lag',
  'lag-since',
  /** How old what is not delivered is: the timestamp of the oldest of it; 0 where nothing waits, NaN where nobody knows. */
  'lag-oldest-at',
  /** What an outside system keeps for what is not delivered; NaN where nobody knows. */
  'lag-bytes',
  'last-progress-at',
  'read-pending-since',
  'put-pending-since',
  'flush-pending-since',
  /** The age of the oldest record that was read and is not appended yet. */
  'append-pending-since',
  /** Waiting to try something again. */
  'retrying-since',
  'paused-since',
  /** Waiting for the node's lease to run again. */
  'suspended-since',
  /** When it last ended to wait for what excuses standing still: an outside system, an operator, the lease. */
  'excused-until',
  'input-ended-since',
  'progress-done',
  'progress-total',
  /** The wall time at which the monotonic clock stood at 0, as this task took it: the scale of its instants. */
  'epoch',
] as const

/** Each keeps a sum and a count since the start, and the greatest of the last 30 to 60 seconds (Connect's window). */
const samples = [
  'poll-batch-time-ms',
  'put-batch-time-ms',
  'offset-commit-time-ms',
  'batch-size',
  'source-record-active-count',
  'sink-record-active-count',
  'transaction-size',
] as const

/** Those of which the least is kept too. */
const lows = ['transaction-size'] as const satisfies readonly (typeof samples)[number][]

export type Counter = (typeof counters)[number]
export type Gauge = (typeof gauges)[number]
export type Sample = (typeof samples)[number]
export type LowSample = (typeof lows)[number]
type SampleCell = `${Sample}-sum` | `${Sample}-count` | `${Sample}-max` | `${LowSample}-min`
export type Cell = Counter | Gauge | SampleCell | LatencyCell
export type TaskSnapshot = Readonly<Record<Cell, number>>

const cells: readonly Cell[] = [
  ...counters,
  ...gauges,
  ...latencyCells,
  ...samples.flatMap((name): SampleCell[] => [`${name}-sum`, `${name}-count`, `${name}-max`]),
  ...lows.map((name): SampleCell => `${name}-min`),
]
const indexOf = Object.fromEntries(cells.map((name, index) => [name, index])) as Readonly<Record<Cell, number>>

const firstLatency = indexOf[latencyCells[0]!]

/** The cells of each sample, their names put together once. */
export const sampleCells = Object.fromEntries(
  samples.map(name => [name, { sum: `${name}-sum`, count: `${name}-count`, max: `${name}-max` }]),
) as Readonly<Record<Sample, { readonly [C in 'sum' | 'count' | 'max']: `${Sample}-${C}` }>>

/** How long the array must be. */
export const taskMetricCells = cells.length
const windowMs = 30_000

/** The figures by name, as they stand now. */
export function readTaskMetrics(from: Float64Array): TaskSnapshot {
  return Object.fromEntries(cells.map((name, index) => [name, from[index] ?? 0])) as TaskSnapshot
}

/** One figure, as it stands now. */
export function readCell(from: Float64Array, name: Cell): number {
  return from[indexOf[name]] ?? 0
}

/** Now, on the scale of a task's instants: whoever sets the machine's clock makes no task look old. */
export function taskTime(from: Float64Array, clock: Clock): number {
  return from[indexOf.epoch]! + clock.now()
}

/** What a task has not delivered yet, as far as somebody knows: NaN where nobody does. */
export interface Lag {
  readonly records: number
  /** The timestamp of the oldest, ms since the epoch; 0 where there is none. */
  readonly oldestAt: number
  /** What the outside system keeps for them. */
  readonly bytes: number
  /** Whether the task should be moving for it (I7). */
  readonly due: boolean
}

export const unknownLag: Lag = { records: Number.NaN, oldestAt: Number.NaN, bytes: Number.NaN, due: false }

interface Range {
  readonly least: number
  readonly greatest: number
}

/** Of the window that goes on, and of the one before. */
interface Extremes {
  readonly current: Range
  readonly previous: Range
}

const none: Range = { least: Infinity, greatest: 0 }

function isLow(name: Sample): name is LowSample {
  return (lows as readonly Sample[]).includes(name)
}

export class TaskMetrics {
  readonly #cells: Float64Array
  readonly #clock: Clock
  readonly #peaks = new Map<Sample, Extremes>()
  /** Monotonic clocks begin anew in every thread; this makes theirs comparable. */
  readonly #epochMs: number
  #windowStart: number
  #retries = 0

  constructor(cells: Float64Array, clock: Clock) {
    this.#cells = cells
    this.#clock = clock
    this.#epochMs = clock.wallTime() - clock.now()
    this.set('epoch', this.#epochMs)
    this.setLag(unknownLag)
    this.#windowStart = clock.now()
  }

  add(name: Counter | Gauge, by = 1): void {
    this.#cells[indexOf[name]]! += by
  }

  set(name: Gauge, value: number): void {
    this.#cells[indexOf[name]] = value
  }

  get(name: Cell): number {
    return this.#cells[indexOf[name]]!
  }

  /** Marks that something goes on from now; what is going on already keeps its beginning. */
  begin(name: Gauge): void {
    if (this.get(name) === 0) this.set(name, this.#now())
  }

  end(name: Gauge): void {
    this.set(name, 0)
  }

  /** Begins to wait for another try of something; several may wait at a time. */
  enterRetry(): void {
    this.#retries++
    this.begin('retrying-since')
  }

  leaveRetry(): void {
    if (--this.#retries === 0) this.endExcuse('retrying-since')
  }

  /** What it waited for was no standing still (I7): the time it may stand for begins anew. */
  endExcuse(name: 'retrying-since' | 'paused-since' | 'suspended-since'): void {
    if (this.get(name) === 0) return
    this.end(name)
    this.set('excused-until', this.#now())
  }

  /** Something moved: a record was read, appended, put or flushed. */
  progress(): void {
    this.set('last-progress-at', this.#now())
  }

  setLag({ records, due, oldestAt, bytes }: Lag): void {
    this.set('lag', records)
    this.set('lag-oldest-at', oldestAt)
    this.set('lag-bytes', bytes)
    if (due) this.begin('lag-since')
    else this.end('lag-since')
  }

  /** `records` were delivered, each so long after its timestamp; what the future has written counts as just now. */
  addLatency(ms: number, records: number): void {
    const latency = Math.max(0, ms)
    this.#cells[firstLatency + latencyBucket(latency)]! += records
    this.#cells[indexOf['latency-sum-ms']]! += latency * records
  }

  sample(name: Sample, value: number): void {
    this.roll()
    this.#cells[indexOf[`${name}-sum`]]! += value
    this.#cells[indexOf[`${name}-count`]]! += 1
    const { current, previous } = this.#peaks.get(name) ?? { current: none, previous: none }
    const wider = { least: Math.min(current.least, value), greatest: Math.max(current.greatest, value) }
    this.#peaks.set(name, { current: wider, previous })
    this.#publish(name, wider, previous)
  }

  /** Lets maxima of past windows go; called now and then by who runs the task. */
  roll(): void {
    const windows = Math.floor((this.#clock.now() - this.#windowStart) / windowMs)
    if (windows < 1) return
    this.#windowStart += windows * windowMs
    for (const [name, peak] of this.#peaks) {
      const previous = windows === 1 ? peak.current : none
      this.#peaks.set(name, { current: none, previous })
      this.#publish(name, none, previous)
    }
  }

  #publish(name: Sample, current: Range, previous: Range): void {
    this.#cells[indexOf[`${name}-max`]] = Math.max(current.greatest, previous.greatest)
    if (isLow(name)) this.#cells[indexOf[`${name}-min`]] = Math.min(current.least, previous.least)
  }

  #now(): number {
    return this.#epochMs + this.#clock.now()
  }
}
