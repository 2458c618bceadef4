import { MillraceError } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import { HostedRun } from './hosted-run.js'
import type { HostingLimits } from './limits.js'
import type { Link } from './link.js'
import type { RunRequest, Settlement } from './messages.js'
import { place } from './placement.js'
import { Quarantine } from './quarantine.js'
import type { StartThread, TaskThread, ThreadPlan } from './task-thread.js'
import { culpritOf, failureOf, type ThreadEnd } from './thread-end.js'
import type { CallSpec, Hosted, Hosting, HostSpec, ThreadSnapshot } from './types.js'
import type { Watch } from './watch.js'
import { fromWire } from './wire.js'

export interface HostingParts {
  readonly startThread: StartThread
  readonly createLink: () => Link
  /** Absent: nothing can stand, or grow, unseen. */
  readonly watch?: Watch
  readonly soon: (flush: () => void) => void
  readonly threads: number
  readonly limits: HostingLimits
  readonly clock: Clock
  readonly logger: Logger
}

/** A thread and who is in it. */
interface Seat {
  readonly thread: TaskThread
  readonly runs: Map<number, HostedRun>
  /** The last that ended there, by number: what a task left behind can still hang the thread. */
  readonly formerNames: Map<number, string>
}

const formerNamesMax = 1_000
const cellsDefault = 16

/** Places runs on threads, and tells each what became of it when its thread ends. */
export class ThreadHosting implements Hosting {
  readonly #parts: HostingParts
  readonly #shared: (Seat | undefined)[]
  readonly #seats = new Set<Seat>()
  readonly #quarantine: Quarantine
  readonly #watch: Watch | undefined
  #lastRun = 0
  #lastDedicated = 0
  #closed = false

  constructor(parts: HostingParts) {
    this.#parts = parts
    this.#shared = Array.from({ length: parts.threads })
    this.#quarantine = new Quarantine(parts.limits.quarantineMs)
    this.#watch = parts.watch
  }

  host<C extends object>(spec: HostSpec): Hosted<C> {
    return this.#begin('task', spec) as unknown as Hosted<C>
  }

  run<R>(spec: CallSpec): Promise<R> {
    const { clock, limits } = this.#parts
    const { signal, deadlineMs, stopMs = limits.stopMs } = spec
    return new Promise<R>((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(spec.name, signal))
      const run = this.#begin('call', spec)
      const giveUp = (error: MillraceError): void => {
        reject(error)
        void run.stop({ drainMs: 0, stopMs })
      }
      const onAbort = (): void => giveUp(aborted(spec.name, signal))
      const late = new MillraceError('call.timed_out', `${spec.name} did not end within ${deadlineMs} ms.`)
      const timer = clock.setTimer(() => giveUp(late), deadlineMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      const over = (settle: () => void) => (): void => {
        clock.clearTimer(timer)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      run.value.then(
        value => over(() => resolve(value as R))(),
        (error: unknown) => over(() => reject(error))(),
      )
    })
  }

  warm(): void {
    for (const [at, seat] of this.#shared.entries()) if (!seat) this.#startShared(at)
  }

  threads(): readonly ThreadSnapshot[] {
    return [...this.#seats].map(({ thread, runs }) => ({
      name: thread.name,
      dedicated: thread.dedicated,
      tasks: runs.size,
      usedBytes: thread.gauges.usedBytes,
      cpuMs: thread.gauges.cpuMs,
      standingMs: this.#watch?.standingMs(thread) ?? 0,
    }))
  }

  async close(): Promise<void> {
    this.#closed = true
    const ended = [...this.#seats].map(({ thread }) => {
      thread.end({ kind: 'closed' })
      return thread.ended
    })
    await Promise.all(ended)
  }

  #begin(kind: RunRequest['kind'], spec: HostSpec | CallSpec): HostedRun {
    if (this.#closed) throw new MillraceError('hosting.closed', `${spec.name} cannot start: the threads are closed.`)
    const { clock, limits, logger, soon, createLink } = this.#parts
    const seat = this.#seatFor(kind, spec)
    const number = ++this.#lastRun
    const link = createLink()
    const cells = new SharedArrayBuffer(8 * (('cells' in spec && spec.cells) || cellsDefault))
    const run = new HostedRun({
      name: spec.name,
      number,
      thread: seat.thread,
      port: link.near,
      readRest: () => link.readRest(),
      cells: new Float64Array(cells),
      clock,
      controlDeadlineMs: limits.controlDeadlineMs,
      soon,
      onFault: error => logger.log('error', 'A message of a task was not taken.', { task: spec.name, error }),
      onNotStopped: () => seat.thread.end({ kind: 'not_stopped', task: number, standing: this.#stands(seat.thread) }),
    })
    seat.runs.set(number, run)
    const request: RunRequest = { kind, number, name: spec.name, init: spec.init, port: link.far, cells }
    void seat.thread
      .run(request, [...link.transfer, ...(spec.transfer ?? [])])
      .then(settlement => this.#settled(seat, run, settlement))
    return run
  }

  #settled(seat: Seat, run: HostedRun, settlement: Settlement): void {
    if (!settlement.ok && settlement.lingering) {
      // It goes on beside whoever comes in its place: only the end of its thread ends it. That settles the run.
      const error = fromWire(settlement.error)
      return seat.thread.end({ kind: 'not_stopped', task: run.number, standing: false, error })
    }
    seat.runs.delete(run.number)
    remember(seat.formerNames, run)
    run.settle(settlement.ok ? { value: settlement.value } : { error: fromWire(settlement.error) })
    if (seat.thread.dedicated) seat.thread.end({ kind: 'closed' })
  }

  #seatFor(kind: RunRequest['kind'], spec: HostSpec | CallSpec): Seat {
    const { limits, clock } = this.#parts
    const { isolation, memoryMaxBytes = limits.threadMemoryMaxBytes } = spec as HostSpec
    const alone =
      isolation === 'dedicated' ||
      ('memoryMaxBytes' in spec && spec.memoryMaxBytes !== undefined) ||
      this.#quarantine.isolated(spec.name, clock.now())
    if (alone) return this.#start({ name: `dedicated-${++this.#lastDedicated}`, dedicated: true, memoryMaxBytes })
    const open = this.#shared.map(seat => (seat && !seat.thread.ending ? seat : undefined))
    const places = open.map(seat => ({
      running: seat !== undefined,
      tasks: seat?.runs.size ?? 0,
      standing: seat !== undefined && this.#stands(seat.thread),
    }))
    const at = place(places, limits.tasksPerThreadMax, kind)
    if (at === undefined)
      throw new MillraceError('hosting.full', `There is no room for ${spec.name} in ${places.length} threads.`, {
        hint: 'Run more nodes, or fewer tasks.',
      })
    return open[at] ?? this.#startShared(at)
  }

  #startShared(at: number): Seat {
    const memoryMaxBytes = this.#parts.limits.threadMemoryMaxBytes
    return (this.#shared[at] = this.#start({ name: `tasks-${at + 1}`, dedicated: false, memoryMaxBytes }))
  }

  #start(plan: ThreadPlan): Seat {
    const thread = this.#parts.startThread(plan)
    const seat: Seat = { thread, runs: new Map(), formerNames: new Map() }
    this.#seats.add(seat)
    this.#watch?.add(thread)
    void thread.ended.then(why => this.#ended(seat, why))
    return seat
  }

  #stands(thread: TaskThread): boolean {
    return this.#watch?.stands(thread) ?? false
  }

  /** I5: whoever brought the thread down fails and is put in quarantine; its neighbours are lost with it and restart. */
  #ended(seat: Seat, why: ThreadEnd): void {
    const { thread, runs, formerNames } = seat
    this.#seats.delete(seat)
    this.#watch?.remove(thread)
    const { holder, topAllocator } = thread.gauges
    const [only] = runs.size === 1 ? runs.keys() : []
    const guilty = culpritOf(why, { holder, topAllocator }, only ?? 0)
    const culprit = runs.get(guilty)?.name ?? formerNames.get(guilty)
    if (culprit !== undefined) this.#quarantine.takedown(culprit, this.#parts.clock.now())
    for (const run of runs.values())
      run.settle({ error: failureOf(why, { name: run.name, guilty: run.number === guilty }, culprit) })
    runs.clear()
  }
}

function remember(names: Map<number, string>, { number, name }: HostedRun): void {
  names.set(number, name)
  const [oldest] = names.size > formerNamesMax ? names.keys() : []
  if (oldest !== undefined) names.delete(oldest)
}

function aborted(name: string, signal: AbortSignal | undefined): MillraceError {
  return new MillraceError('call.aborted', `${name} was given up.`, { cause: signal?.reason })
}
