import { setFlagsFromString } from 'node:v8'
import type { TransferListItem } from 'node:worker_threads'
import type { OpenLogs } from '../actors/log.js'
import { createHosting, type Hosting, type HostingLimits } from './actor/hosting/index.js'
import { nodeClock } from './adapters/node/clock.js'
import type { Logger } from './ports/logger.js'
import type { LogAccess } from './node-logs.js'
import type { DescriberSetup } from './describer-main.js'
import type { ThreadSetup } from './thread-environment.js'

/**
 * V8 counts buffers outside its heap against the heap's limit, which begins at a few megabytes: a task thread that moves bytes and
 * keeps few objects spent half of its time collecting. Threads that start from now on have this to begin with, MB.
 */
const initialOldSpaceMb = 64

/** Makes the task threads of a node; each gets connections of its own to the logs. */
export function openTaskThreads(parts: {
  readonly logs: OpenLogs
  readonly logger: Logger
  readonly threads: number
  readonly limits: Partial<HostingLimits>
  readonly setup: Omit<ThreadSetup, 'logs'>
}): Hosting {
  const { logs, logger, threads, limits, setup } = parts
  setFlagsFromString(`--initial-old-space-size=${initialOldSpaceMb}`)
  return createHosting({
    entry: new URL('./thread-main.js', import.meta.url),
    setup: () => {
      const { data: access, transfer } = logs.connect()
      const data: ThreadSetup = { ...setup, logs: access as LogAccess }
      return { data, transfer: transfer as TransferListItem[] }
    },
    threads,
    limits,
    clock: nodeClock,
    logger,
  })
}

/** Makes the thread that plugins are described in. */
export function openDescriber(parts: {
  readonly logger: Logger
  readonly limits: Partial<HostingLimits>
  readonly setup: DescriberSetup
}): Hosting {
  const { logger, limits, setup } = parts
  return createHosting({
    entry: new URL('./describer-main.js', import.meta.url),
    setup: () => ({ data: setup }),
    threads: 1,
    limits,
    clock: nodeClock,
    logger,
  })
}
