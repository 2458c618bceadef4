import type { SupervisionEvent } from '../src/actor/event.js'
import type { RestartNote, TaskPhase } from '../src/core/api/tasks.js'
import { errorCode, errorMessage } from '../src/core/error.js'
import type { Clock } from '../src/ports/clock.js'

/** What the journal itself can tell; the rest shows in a task's figures. */
export type WorkPhase = Exclude<TaskPhase, 'unassigned' | 'stalled' | 'retrying'>

export type WorkKind = 'connector' | 'task'

/** What is known of one connector or task since it was assigned to this node. */
export interface WorkEntry {
  readonly kind: WorkKind
  readonly phase: WorkPhase
  /** Wall time. */
  readonly since: number
  /** Wall time; in phase `backoff`. */
  readonly restartAt: number
  readonly restarts: number
  /** The latest, oldest first; a failure that was one too many stands last. */
  readonly notes: readonly RestartNote[]
  /** Share of its time that it was in this phase. */
  ratio(phase: WorkPhase): number
}

/** Starts of this node, as Connect counts them. */
export interface Startups {
  readonly succeeded: number
  readonly failed: number
}

/** Restarts remembered of each (I6). */
const notesMax = 20

class Entry implements WorkEntry {
  readonly kind: WorkKind
  readonly #clock: Clock
  readonly #born: number
  readonly #spent = new Map<WorkPhase, number>()
  #entered: number
  phase: WorkPhase = 'starting'
  since: number
  restartAt = 0
  restarts = 0
  notes: readonly RestartNote[] = []

  constructor(kind: WorkKind, clock: Clock) {
    this.kind = kind
    this.#clock = clock
    this.#born = this.#entered = clock.now()
    this.since = clock.wallTime()
  }

  enter(phase: WorkPhase): void {
    if (phase === this.phase) return
    const now = this.#clock.now()
    this.#spent.set(this.phase, this.#spentIn(this.phase, now))
    this.phase = phase
    this.#entered = now
    this.since = this.#clock.wallTime()
  }

  note(note: RestartNote): void {
    this.notes = [...this.notes, note].slice(-notesMax)
  }

  ratio(phase: WorkPhase): number {
    const now = this.#clock.now()
    return now > this.#born ? this.#spentIn(phase, now) / (now - this.#born) : 0
  }

  #spentIn(phase: WorkPhase, now: number): number {
    return (this.#spent.get(phase) ?? 0) + (phase === this.phase ? now - this.#entered : 0)
  }
}

/** Who restarted what, when, why and how often: of all that this node runs, by child id. Ends with its work supervisor. */
export class WorkJournal {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #startups = { connector: { succeeded: 0, failed: 0 }, task: { succeeded: 0, failed: 0 } }
  #restarts = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(id: string): WorkEntry | undefined {
    return this.#entries.get(id)
  }

  /** Restarts of connectors and tasks since the node started. */
  get restarts(): number {
    return this.#restarts
  }

  startups(kind: WorkKind): Startups {
    return this.#startups[kind]
  }

  added(id: string, kind: WorkKind): void {
    this.#entries.set(id, new Entry(kind, this.#clock))
  }

  removed(id: string): void {
    this.#entries.delete(id)
  }

  /** What it says of itself, or its supervisor is about to do with it. */
  entered(id: string, phase: 'running' | 'paused' | 'stopping'): void {
    this.#entries.get(id)?.enter(phase)
  }

  /** What its supervisor tells. */
  record(event: SupervisionEvent): void {
    const entry = this.#entries.get(event.id)
    if (entry === undefined) return
    switch (event.type) {
      case 'started':
        this.#startups[entry.kind].succeeded++
        // Whether a task runs or is paused it says itself; a connector's instance does what it is for.
        if (entry.kind === 'connector') entry.enter('running')
        return
      case 'restarting': {
        const { cause, inMs, counted } = event
        this.#restarts++
        entry.restarts = event.restarts
        if (cause.kind === 'failed') this.#startFailed(entry)
        entry.note({
          at: this.#clock.wallTime(),
          by: cause.kind === 'asked' ? 'operator' : 'supervisor',
          ...(cause.kind === 'failed' && reasonOf(cause.error)),
          backoffMs: Math.round(inMs),
          counted,
        })
        entry.restartAt = this.#clock.wallTime() + inMs
        entry.enter(inMs > 0 ? 'backoff' : 'restarting')
        return
      }
      case 'parked':
        this.#startFailed(entry)
        entry.note({
          at: this.#clock.wallTime(),
          by: 'nobody',
          ...reasonOf(event.error),
          backoffMs: 0,
          counted: false,
        })
        entry.enter('failed')
        return
      case 'escalated':
      case 'stopped':
    }
  }

  #startFailed(entry: Entry): void {
    if (entry.phase === 'starting' || entry.phase === 'restarting' || entry.phase === 'backoff')
      this.#startups[entry.kind].failed++
  }
}

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  return { code: errorCode(error), message: errorMessage(error) }
}
