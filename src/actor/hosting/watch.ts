import { getHeapStatistics } from 'node:v8'
import type { Clock, TimerHandle } from '../../ports/clock.js'
import type { HostingLimits } from './limits.js'
import type { TaskThread } from './task-thread.js'
import { born, examine, isStanding, type Vitals } from './vital-signs.js'

/** Looks at all threads at each pulse interval, and ends those that stand or use too much memory. Idle without threads. */
export class Watch {
  readonly #clock: Clock
  readonly #limits: HostingLimits
  readonly #threads = new Map<TaskThread, Vitals>()
  #timer: TimerHandle | undefined
  #lookedAt = 0
  #rss = 0
  #ownBytes = 0

  constructor(clock: Clock, limits: HostingLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  add(thread: TaskThread): void {
    this.#threads.set(thread, born)
    if (this.#timer) return
    this.#lookedAt = this.#clock.now()
    this.#rss = process.memoryUsage.rss()
    this.#ownBytes = ownBytes()
    this.#schedule()
  }

  remove(thread: TaskThread): void {
    this.#threads.delete(thread)
    if (this.#threads.size > 0 || !this.#timer) return
    this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
  }

  standingMs(thread: TaskThread): number {
    return this.#threads.get(thread)?.standingMs ?? 0
  }

  stands(thread: TaskThread): boolean {
    return isStanding(this.standingMs(thread), this.#limits.pulseMs)
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(() => this.#look(), this.#limits.pulseMs)
  }

  #look(): void {
    const now = this.#clock.now()
    const elapsedMs = now - this.#lookedAt
    this.#lookedAt = now
    const { suspect, grownBytes } = this.#unexplainedGrowth()
    for (const [thread, before] of this.#threads) {
      const { pulse, usedBytes, floorBytes } = thread.gauges
      const { vitals, verdict } = examine(
        before,
        { pulse, usedBytes, floorBytes },
        { elapsedMs, grownBytes: thread === suspect ? grownBytes : 0 },
        { ...this.#limits, memoryMaxBytes: thread.memoryMaxBytes },
      )
      this.#threads.set(thread, vitals)
      if (verdict?.kind === 'hung') thread.end(verdict)
      if (verdict?.kind === 'memory')
        thread.end({ ...verdict, limitBytes: thread.memoryMaxBytes, standing: this.stands(thread) })
    }
    this.#schedule()
  }

  /**
   * A loop that stands publishes nothing, and Buffers count in no limit of V8: what the process gains that nobody else
   * has published belongs to the thread that has stood longest.
   */
  #unexplainedGrowth(): { readonly suspect: TaskThread | undefined; readonly grownBytes: number } {
    const [rss, own] = [process.memoryUsage.rss(), ownBytes()]
    let explained = own - this.#ownBytes
    let suspect: { readonly thread: TaskThread; readonly standingMs: number } | undefined
    for (const [thread, before] of this.#threads) {
      if (thread.gauges.pulse !== before.pulse) explained += thread.gauges.usedBytes - before.usedBytes
      else if (before.pulse > 0 && before.standingMs >= (suspect?.standingMs ?? 0))
        suspect = { thread, standingMs: before.standingMs }
    }
    const grownBytes = rss - this.#rss - Math.max(0, explained)
    this.#rss = rss
    this.#ownBytes = own
    return { suspect: suspect?.thread, grownBytes }
  }
}

function ownBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}
