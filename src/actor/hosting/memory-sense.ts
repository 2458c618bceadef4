import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Gauges } from './gauges.js'
import { hardFactor } from './vital-signs.js'

/** Past this part of its limit a thread is short of memory and keeps account of who allocates. */
const shortAt = 0.5
/** What was allocated counts for less at each pulse, so that the account tells of the last seconds. */
const fading = 0.98
/** A collection is followed by ten times its length without another, and by a second at least; short of the hard limit. */
const pauseFactor = 10
const pauseMinMs = 1_000

/**
 * Publishes what memory this thread uses, Buffers included (V8's own limits do not count them).
 * Over the limit it collects first: garbage does not end a thread.
 */
export class MemorySense {
  readonly #gauges: Gauges
  readonly #limitBytes: number
  readonly #allocated = new Map<number, number>()
  #short = false
  #before = 0
  #nextCollection = 0
  #collect: (() => void) | undefined

  constructor(gauges: Gauges, limitBytes: number) {
    this.#gauges = gauges
    this.#limitBytes = limitBytes
  }

  /** The code of `task` has run until now. Called at each change of tasks, so it costs nothing while memory is ample. */
  leave(task: number): void {
    if (!this.#short) return
    const used = usedBytes()
    if (task !== 0 && used > this.#before)
      this.#allocated.set(task, (this.#allocated.get(task) ?? 0) + used - this.#before)
    this.#before = used
  }

  /** Called with each pulse; `now` in ms. */
  publish(now: number): void {
    let used = usedBytes()
    if (used > this.#limitBytes * hardFactor || (used > this.#limitBytes && now >= this.#nextCollection)) {
      used = this.#collected(now)
      this.#gauges.floorBytes = used
    } else if (used <= this.#limitBytes) this.#gauges.floorBytes = 0
    this.#gauges.usedBytes = used
    this.#short = used > this.#limitBytes * shortAt
    this.#before = used
    this.#gauges.topAllocator = this.#topAllocator()
  }

  #collected(now: number): number {
    this.#collect ??= exposeCollector()
    const start = performance.now()
    // The memory of Buffers that the first one found dead is given back by the second (tried on Node 20 and 24).
    this.#collect()
    this.#collect()
    this.#nextCollection = now + Math.max(pauseMinMs, (performance.now() - start) * pauseFactor)
    return usedBytes()
  }

  #topAllocator(): number {
    let top = 0
    let most = 0
    for (const [task, bytes] of this.#allocated) {
      if (bytes > most) [top, most] = [task, bytes]
      if (bytes < 1_024) this.#allocated.delete(task)
      else this.#allocated.set(task, bytes * fading)
    }
    return top
  }
}

function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

/** Node has `gc` only by a flag; a new context sees the flag as it is now. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
