/** Waits the given milliseconds, or until the signal aborts, whichever is first, as a task context's `sleep`. */
export function sleepUntil(signal: AbortSignal): (ms: number) => Promise<undefined> {
  return ms =>
    new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve(undefined)
      }
      const timer = setTimeout(end, signal.aborted ? 0 : ms)
      signal.addEventListener('abort', end, { once: true })
    })
}
