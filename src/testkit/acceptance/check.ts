import { setTimeout as pause } from 'node:timers/promises'

/** One thing that a suite holds a plugin to. `run` rejects, saying what is wrong. */
export interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

/** How the test runner takes a test: `test` of vitest, of `node:test` and of others fits. The time is in milliseconds. */
export type Test = (name: string, run: () => Promise<void>, timeoutMs: number) => unknown

/** Beyond all deadlines within a check, which say more. */
const timeoutMs = 90_000

export function register(test: Test, subject: string, checks: readonly Check[]): void {
  for (const { name, run } of checks) test(`${subject}: ${name}`, run, timeoutMs)
}

/** The result of `work`, or a failure that says what was waited for. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = pause(ms, undefined, { signal: over.signal }).then(
    () => {
      throw new Error(`Waited ${ms} ms in vain for ${what}.`)
    },
    () => new Promise<never>(() => undefined),
  )
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

/** Asks again and again until the answer is neither undefined nor false. */
export async function until<T>(
  ms: number,
  what: () => string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms in vain for ${what()}.`)
    await pause(20)
  }
}
