import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until the answer is true. Fails after `ms`, saying what it waited for. */
export async function until(what: () => string, ms: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what()}`)
    await sleep(50)
  }
}
