import type { Clock, TimerHandle } from '../../ports/clock.js'

/** The longest delay that `setTimeout` takes; a longer one it would fire after 1 ms. */
const longestTimeoutMs = 2 ** 31 - 1

class NodeTimer {
  #timeout: NodeJS.Timeout

  constructor(callback: () => void, ms: number) {
    const dueAt = performance.now() + ms
    const wait = (leftMs: number): NodeJS.Timeout =>
      leftMs <= longestTimeoutMs
        ? setTimeout(callback, leftMs)
        : setTimeout(() => {
            this.#timeout = wait(dueAt - performance.now())
          }, longestTimeoutMs)
    this.#timeout = wait(ms)
  }

  clear(): void {
    clearTimeout(this.#timeout)
  }
}

/** `performance.now()` starts with each thread; the system's own monotonic time is the same in all of them. */
const [seconds, nanoseconds] = process.hrtime()
const threadStartMs = seconds * 1e3 + nanoseconds / 1e6 - performance.now()

/** The time of this machine: `now` is the same in every thread. A timer keeps the process alive; one of `Infinity` ms never fires. */
export const nodeClock: Clock = {
  now: () => threadStartMs + performance.now(),
  wallTime: () => Date.now(),
  setTimer: (callback: () => void, ms: number): TimerHandle => new NodeTimer(callback, ms),
  clearTimer(handle: TimerHandle): void {
    if (handle instanceof NodeTimer) handle.clear()
  },
}
