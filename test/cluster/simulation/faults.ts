import { calm } from './coordination-log.js'
import type { Process } from './process.js'
import type { World } from './world.js'

/** Seeded faults of all kinds, until `end`. */
export class Faults {
  #names = 0
  /** Of all that was injected. */
  readonly counts = new Map<string, number>()

  constructor(
    readonly world: World,
    readonly end: number,
    readonly profile: Profile,
  ) {
    const { chance } = world
    world.log.trouble = chance.happens(0.2)
      ? calm
      : { late: chance.between(0, 0.04), duplicate: chance.between(0, 0.08), spike: chance.between(0, 0.06) }
    if (profile === 'takeover') world.onTakeover = process => this.#atTakeover(process)
    world.onExit = process => {
      // a process that left in order, or was superseded: its node may come back
      if (world.timeline.now < end && chance.happens(0.7)) this.#startLater(process.name, 200, 6_000)
    }
    this.#plan()
  }

  newName(): string {
    return `n${++this.#names}`
  }

  #startLater(name: string, low: number, high: number): void {
    const { world } = this
    world.pendingStarts++
    world.timeline.after(world.chance.between(low, high), () => {
      world.pendingStarts--
      // at rest two processes of one name would take turns for ever
      if (!world.live.some(process => process.name === name && !process.standsStill)) world.start(name)
    })
  }

  #plan(): void {
    const { world } = this
    const next = world.timeline.now + world.chance.between(200, 4_000)
    if (next >= this.end) return
    world.timeline.at(next, () => {
      this.#strike()
      this.#plan()
    })
  }

  #strike(): void {
    const { world } = this
    const faults: Record<string, () => void> = {
      crash: () => this.#crash(),
      pause: () => this.#pause(),
      hang: () => this.#onSome(process => (process.hungUntil = this.#until(300, 9_000))),
      suspend: () => this.#onSome(process => process.suspend(this.world.chance.between(500, 15_000))),
      cut: () => this.#onSome(process => (process.cutUntil = this.#until(200, 9_000))),
      slow: () => this.#slow(),
      wall: () => this.#onSome(process => process.stepWall(this.world.chance.between(-20_000, 20_000))),
      stall: () => this.world.log.stall(this.world.chance.pick([500, 1_500, 4_000, 8_000, 30_000])),
      clock: () => this.#clock(),
      leave: () => this.#leave(),
      join: () => this.#join(),
      config: () => this.#config(),
      requests: () => {
        for (let i = world.chance.integer(1, 6); i > 0; i--) this.#onSome(process => world.request(process))
      },
      retention: () => this.world.log.cut(this.world.log.end - this.world.chance.integer(0, 60)),
      ...(this.profile === 'founding' && { founding: () => this.#founding(), founding2: () => this.#founding() }),
      ...(this.profile === 'suffix' && { suffix: () => this.#loseSuffix(), suffix2: () => this.#loseSuffix() }),
    }
    const name = this.world.chance.pick(Object.keys(faults))
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    faults[name]!()
  }

  #until(low: number, high: number): number {
    return this.world.timeline.now + this.world.chance.between(low, high)
  }

  #onSome(what: (process: Process) => void): void {
    const { live } = this.world
    if (live.length > 0) what(this.world.chance.pick(live))
  }

  #crash(): void {
    this.#onSome(process => {
      this.world.kill(process)
      this.#startLater(this.world.chance.happens(0.6) ? process.name : this.newName(), 100, 8_000)
    })
  }

  /** It may wake beside another of its name. */
  #pause(): void {
    this.#onSome(process => {
      process.pausedUntil = this.#until(300, 12_000)
      if (this.world.chance.happens(0.15)) this.#startLater(process.name, 100, 5_000)
    })
  }

  #slow(): void {
    this.#onSome(process => {
      const { chance, timeline } = this.world
      if (chance.happens(0.5)) process.readDelay = chance.between(100, 6_000)
      else process.readLimit = chance.integer(1, 3)
      timeline.after(chance.between(500, 9_000), () => {
        process.readDelay = 0
        process.readLimit = 500
      })
    })
  }

  #clock(): void {
    const { chance, log, timeline } = this.world
    log.setClock(chance.between(-20_000, 20_000), chance.pick([0, 0.3, 0.9, 1, 1, 1.1, 2.5]))
    timeline.after(chance.between(500, 8_000), () => {
      log.setClock(chance.happens(0.5) ? chance.between(-20_000, 20_000) : 0, 1)
    })
  }

  #leave(): void {
    if (this.world.live.length < 2) return
    this.#onSome(process => {
      process.self.around.leaving ??= {
        back: this.world.chance.happens(0.5) ? this.world.chance.between(1_000, 8_000) | 0 : 0,
      }
    })
  }

  #join(): void {
    if (this.world.live.length < 8) this.world.start(this.newName())
  }

  #config(): void {
    const { chance, wanted } = this.world
    const change = chance.integer(0, 4)
    if (change === 0 && wanted.connectors.length < 5) wanted.create()
    else if (change === 1) wanted.delete()
    else if (change === 2) wanted.changeTopics()
    else wanted.reconfigure()
  }

  /** Nobody has a state any more, save one that may wake later; the log's start is gone. */
  #founding(): void {
    const { world } = this
    const { chance, log } = world
    const names = world.live.map(({ name }) => name)
    for (const process of world.live)
      if (chance.happens(0.15)) process.pausedUntil = this.#until(3_000, 14_000)
      else world.kill(process)
    world.timeline.after(chance.between(0, 1_000), () => log.cut(log.end - chance.integer(0, 3)))
    for (const name of names) this.#startLater(chance.happens(0.5) ? name : this.newName(), 0, 6_000)
  }

  #loseSuffix(): void {
    const { chance, log, timeline } = this.world
    // as an unclean election does it: nobody reads for a while, and the log grows on over what was lost
    if (chance.happens(0.6)) log.stallReaders(chance.between(200, 2_500))
    log.loseSuffix(chance.integer(1, 25))
    const settle = 45_000
    this.world.overlapAllowedUntil = Math.max(this.world.overlapAllowedUntil, timeline.now + settle)
  }

  #atTakeover(process: Process): void {
    const { chance, timeline, log } = this.world
    if (timeline.now >= this.end) return
    const fault = chance.integer(0, 5)
    timeline.after(chance.between(0, 400), () => {
      if (!process.alive) return
      if (fault === 0) {
        this.world.kill(process)
        this.#startLater(process.name, 100, 3_000)
      } else if (fault === 1) process.pausedUntil = this.#until(2_000, 9_000)
      else if (fault === 2) process.cutUntil = this.#until(1_000, 6_000)
      else if (fault === 3) log.stall(chance.between(500, 5_000))
    })
  }

  /** The world is well again; what is under way may still land late. */
  heal(): void {
    const { world } = this
    world.log.trouble = calm
    for (const process of world.processes) {
      process.readDelay = 0
      process.readLimit = 500
      process.cutUntil = Math.min(process.cutUntil, world.timeline.now)
    }
    world.onTakeover = () => {}
    if (world.live.length === 0) world.start(this.newName())
  }
}

/** Which faults a seed aims at, beside all the others. */
export type Profile = 'mixed' | 'founding' | 'suffix' | 'takeover'
