import { afterEach } from 'vitest'
import { createHosting, type Hosted, type Hosting, type HostingLimits } from '../../../src/actor/hosting/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import type { Logger } from '../../../src/ports/logger.js'

export const fixture = (name: string): URL => new URL(`./fixtures/${name}`, import.meta.url)

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

export function recordingLogger(lines: LogLine[]): Logger {
  const logger: Logger = {
    log: (level, message, fields) => void lines.push({ level, message, fields }),
    child: () => logger,
  }
  return logger
}

const open: Hosting[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(hosting => hosting.close()))
})

/** A hosting over the fixture thread, closed after the test; `log`: what it logged. */
export function openHosting(
  options: { threads?: number; entry?: string; setup?: unknown } & Partial<HostingLimits> = {},
): Hosting & { log: LogLine[] } {
  const { threads = 1, entry = 'thread.mjs', setup, ...limits } = options
  const log: LogLine[] = []
  const hosting = createHosting({
    entry: fixture(entry),
    threads,
    setup: () => ({ data: setup }),
    clock: nodeClock,
    logger: recordingLogger(log),
    limits: { pulseMs: 20, hangTimeoutMs: 700, stopMs: 300, ...limits },
  })
  open.push(hosting)
  return Object.assign(hosting, { log })
}

export const failure = (of: Promise<unknown>): Promise<unknown> =>
  of.then(
    () => undefined,
    (error: unknown) => error,
  )

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2))
}

/** Its counter moves: its code runs. */
export async function alive(task: Hosted<object>): Promise<void> {
  const before = task.cells[0]!
  await Promise.race([
    until(() => task.cells[0]! > before + 3),
    task.done.then(() => {
      throw new Error(`${task.name} has ended`)
    }),
  ])
}
