import type { Clock } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import { ThreadHosting } from './hosting.js'
import { InlineThread } from './inline-thread.js'
import { defaultLimits, type HostingLimits } from './limits.js'
import { inlineLink, threadLink } from './link.js'
import { PooledThread } from './pooled-thread.js'
import type { Hosting, ThreadCode, ThreadSetup } from './types.js'
import { Watch } from './watch.js'

export interface HostingOptions {
  /** The module of a task thread, built: its default export is what `hostThread` returns. */
  readonly entry: URL
  /** Called for each thread that starts; its `data` is what `hostThread` hands to the function it is given. */
  readonly setup?: (threadName: string) => ThreadSetup
  /** How many threads tasks share; they start as they are needed. Dedicated ones come on top. */
  readonly threads: number
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<HostingLimits>
}

export function createHosting({ entry, setup, threads, clock, logger, ...options }: HostingOptions): Hosting {
  const limits = { ...defaultLimits, ...options.limits }
  return new ThreadHosting({
    startThread: plan =>
      new PooledThread(plan, { entry, setup: setup?.(plan.name) ?? { data: undefined }, limits, clock, logger }),
    createLink: threadLink,
    watch: new Watch(clock, limits),
    soon: setImmediate,
    threads,
    limits,
    clock,
    logger,
  })
}

export interface InlineHostingOptions extends Omit<HostingOptions, 'entry' | 'setup'> {
  readonly code: ThreadCode
}

/**
 * The same without threads, for tests in virtual time: `code` runs here, in microtasks and on `clock`. All data is
 * cloned, errors take their wire form, and a "thread" that has to be ended takes its neighbours along, as in earnest.
 * What only a thread can do is missing: surviving code that blocks the loop, uncaught errors, `process.exit`.
 */
export function createInlineHosting({ code, threads, clock, logger, ...options }: InlineHostingOptions): Hosting {
  const limits = { ...defaultLimits, ...options.limits }
  return new ThreadHosting({
    startThread: plan => new InlineThread(plan, code, clock, limits.stopMs),
    createLink: inlineLink,
    soon: queueMicrotask,
    threads,
    limits,
    clock,
    logger,
  })
}
