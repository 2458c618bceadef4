export type TimerHandle = object

/** Time, so that everything can run under virtual time in tests. */
export interface Clock {
  /** Milliseconds, monotonic; for durations and deadlines. */
  now(): number
  /** Milliseconds since the epoch; for timestamps. */
  wallTime(): number
  setTimer(callback: () => void, ms: number): TimerHandle
  clearTimer(handle: TimerHandle): void
}

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clock.clearTimer(handle)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const handle = clock.setTimer(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
