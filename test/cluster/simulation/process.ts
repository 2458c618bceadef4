import { advance, newBootstrap, take, type Bootstrap } from '../../../src/cluster/bootstrap.js'
import type { Decide } from '../../../src/cluster/decide.js'
import type { ClusterEvent } from '../../../src/cluster/events.js'
import type { Fold } from '../../../src/cluster/fold.js'
import { adopt, voidLease, type Observe } from '../../../src/cluster/observe.js'
import {
  leaseHeld,
  newSelf,
  noLease,
  noteStopped,
  type Action,
  type ExitReason,
  type Identity,
  type LeaseDeadline,
  type OwnTask,
  type Reading,
  type Self,
} from '../../../src/cluster/self.js'
import type { ClusterState } from '../../../src/cluster/state.js'
import { restMs } from '../../../src/cluster/rest.js'
import type { CoordinationLog } from './coordination-log.js'

/** The functions under test; a test that takes a rule out puts others here. */
export interface Protocol {
  readonly fold: Fold
  readonly observe: Observe
  readonly decide: Decide
}

/** What a process tells the world that it lives in. */
export interface Surface {
  started(process: Process, task: OwnTask): void
  leaseChanged(process: Process): void
  exited(process: Process, reason: ExitReason): void
  tookOver(process: Process, term: number): void
  fence(process: Process, connector: string, generation: number): void
  /** Called before each decision, to set what the surroundings tell. */
  refresh(process: Process): void
  execute(process: Process, action: Action & { type: 'execute' }): void
}

let count = 0

/** One node's process: reads, folds, decides and does what was decided, by clocks of its own. */
export class Process {
  readonly name: string
  readonly serial = ++count
  self: Self
  state: ClusterState | undefined
  /** What its threads look at. */
  lease: LeaseDeadline = noLease
  alive = true
  /** The whole process stands still, its threads too. */
  pausedUntil = 0
  /** Only the main thread stands still. */
  hungUntil = 0
  /** It reads what is older than this, in ms. */
  readDelay = 0
  /** Records at a time. */
  readLimit = 500
  cutUntil = 0
  /** It can still read. */
  writesLost = false
  caughtUp = false
  position = 0
  readonly #clock: { rate: number; monotonic: number; wall: number; at: number }
  #boot: Bootstrap | undefined
  #suspendedFrom: number | undefined
  #steppedAt = -Infinity
  /** As a real node does, it does not decide while it rests. */
  #restUntil = 0

  constructor(
    readonly log: CoordinationLog,
    readonly protocol: Protocol,
    readonly surface: Surface,
    identity: Identity,
    /** How fast its clocks run, from 0.91 to 1.09. */
    rate: number,
  ) {
    this.name = identity.node
    const { now } = log.timeline
    this.#clock = { rate, monotonic: log.chance.between(0, 1e7), wall: 1.7e12 + now, at: now }
    this.self = newSelf(identity, this.reading())
    log.timeline.after(log.chance.between(0, 25), () => this.#tick())
  }

  reading(): Reading {
    const { rate, monotonic, wall, at } = this.#clock
    const { now } = this.log.timeline
    const stood = this.#suspendedFrom === undefined ? 0 : now - this.#suspendedFrom
    return { monotonic: monotonic + (now - at - stood) * rate, wall: wall + (now - at) * rate }
  }

  /** Not while or shortly before the machine is suspended: a lease needs one clock that is right. */
  stepWall(ms: number): void {
    if (this.#suspendedFrom !== undefined) return
    this.#clock.wall += ms
    this.#steppedAt = this.log.timeline.now
  }

  /** The virtual machine stands: monotonic time too. */
  suspend(ms: number): void {
    const { now } = this.log.timeline
    if (now - this.#steppedAt < 5_000) return
    this.pausedUntil = Math.max(this.pausedUntil, now + ms)
    this.#suspendedFrom ??= now
    this.log.timeline.after(ms, () => {
      const { monotonic, wall } = this.reading()
      Object.assign(this.#clock, { monotonic, wall, at: this.log.timeline.now })
      this.#suspendedFrom = undefined
    })
  }

  get held(): boolean {
    return leaseHeld(this.lease, this.reading())
  }

  get standsStill(): boolean {
    return this.log.timeline.now < this.pausedUntil
  }

  /** So does its main thread. */
  get hangs(): boolean {
    return this.log.timeline.now < this.hungUntil
  }

  kill(): void {
    this.alive = false
  }

  #tick(): void {
    if (!this.alive) return
    const { timeline, chance } = this.log
    const blocked = Math.max(this.pausedUntil, this.hungUntil)
    if (timeline.now >= blocked) {
      const before = this.position
      if (this.#canRead()) this.#read()
      this.surface.refresh(this)
      if (this.state && this.caughtUp) {
        // read before anything is sent by it (R19)
        const now = this.reading()
        if (this.position !== before || now.monotonic >= this.#restUntil || restMs(this.state, this.self, now) === 0) {
          for (const action of this.protocol.decide(this.state, this.self, now)) this.#perform(action)
          this.#restUntil = this.state ? now.monotonic + restMs(this.state, this.self, now) : 0
        }
      } else if (!this.state) this.#bootstrap()
    }
    timeline.at(Math.max(timeline.now + chance.between(20, 30), blocked), () => this.#tick())
  }

  #canRead(): boolean {
    return this.log.readable && this.log.timeline.now >= this.cutUntil
  }

  #read(): void {
    const { log } = this
    if (!this.state) return
    if (this.position > log.end) {
      this.self.diverged = true
      return
    }
    if (this.position < log.start) {
      voidLease(this.self)
      this.surface.leaseChanged(this)
      this.lease = this.self.lease
      this.#restart()
      return
    }
    const before = log.clock()
    let left = this.readLimit
    while (this.position < log.end && left-- > 0) {
      const record = log.records[this.position]!
      if (this.readDelay > 0 && record.timestamp > before - this.readDelay) break
      const accepted = this.protocol.fold(this.state, record)
      this.protocol.observe(this.self, this.state, record, accepted, this.reading())
      this.position++
    }
    if (this.position >= log.end) this.caughtUp = true
  }

  #restart(): void {
    this.state = undefined
    this.#boot = undefined
    this.caughtUp = false
  }

  #bootstrap(): void {
    const { log } = this
    if (!this.#canRead()) return
    const { self } = this
    const ttl = self.identity.timers.ttl ?? 3_500
    this.#boot ??= newBootstrap({ start: log.start, end: log.end }, ttl, this.reading())
    const boot = this.#boot
    if (boot.position < log.start || boot.position > log.end) {
      this.#restart()
      return
    }
    for (let i = 0; i < 500 && boot.position < log.end; i++) take(boot, log.records[boot.position]!, this.reading())
    const stores = self.around.storesReady ? { term: self.around.storesTerm } : undefined
    const step = advance(boot, log.end, stores, this.reading())
    if (step.type === 'send') this.send(step.event)
    if (step.type !== 'ready') return
    this.state = step.state
    this.position = step.from
    adopt(self, step.state, this.reading())
  }

  send(event: ClusterEvent): void {
    if (!this.writesLost) this.log.append(event, this.cutUntil)
  }

  #perform(action: Action): void {
    const { timeline, chance } = this.log
    switch (action.type) {
      case 'send':
        this.send(action.event)
        return
      case 'lease':
        this.lease = action.lease
        this.surface.leaseChanged(this)
        return
      case 'start':
        this.surface.started(this, action.task)
        return
      case 'stop': {
        const { task, epoch } = action.task
        const ended = () => {
          if (!this.alive) return
          if (this.standsStill) timeline.at(this.pausedUntil + 1, ended)
          else noteStopped(this.self, task, epoch)
        }
        timeline.after(chance.happens(0.1) ? chance.between(500, 3_000) : chance.between(1, 200), ended)
        return
      }
      case 'takeover':
        this.surface.tookOver(this, action.term)
        return
      case 'fence':
        this.surface.fence(this, action.connector, action.generation)
        return
      case 'execute':
        this.surface.execute(this, action)
        return
      case 'reload':
        this.#restart()
        if (action.older && action.older.from >= this.log.start && action.older.from <= this.log.end) {
          this.state = action.older.state
          this.position = action.older.from
          adopt(this.self, this.state, this.reading())
        }
        return
      case 'exit':
        this.kill()
        this.surface.exited(this, action.reason)
    }
  }
}
