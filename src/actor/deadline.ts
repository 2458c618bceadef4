import type { Clock } from '../ports/clock.js'

/** Whether `work` settles, either way, within `ms`. */
export function settlesWithin(clock: Clock, ms: number, work: PromiseLike<unknown>): Promise<boolean> {
  return new Promise(resolve => {
    const timer = clock.setTimer(() => resolve(false), ms)
    const settled = (): void => {
      clock.clearTimer(timer)
      resolve(true)
    }
    work.then(settled, settled)
  })
}

/** What a hook returned, if it is something to wait for. */
export function pending(result: unknown): PromiseLike<unknown> | undefined {
  return typeof (result as { then?: unknown } | null | undefined)?.then === 'function'
    ? (result as PromiseLike<unknown>)
    : undefined
}
