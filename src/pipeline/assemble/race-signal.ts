import { MillraceError } from '../../core/error.js'

/** Waits for a plugin's promise, but not beyond `signal`: plugin code may heed no signal. Fails with `plugin.overdue`. */
export function raceSignal<T>(work: Promise<T>, signal: AbortSignal, doing: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(new MillraceError('plugin.overdue', `The connector did not finish ${doing} in time.`))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
