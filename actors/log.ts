import type { ActorFactory } from '../src/actor/behavior.js'
import type { LogClient } from '../src/ports/log.js'
import type { Provided } from './provided.js'

/** The logs of a node, opened: one for both, or records on Kafka and what the node keeps for itself on its disk. */
export interface OpenLogs {
  /** Topics that connectors read and write, and the groups of sinks. */
  readonly records: LogClient
  /** Configurations, source offsets and statuses. */
  readonly state: LogClient
  /** What opens the same in a task thread. */
  connect(): ThreadLogs
  /** Resolves with the reason when a log is lost: its thread ended, its connection broke. */
  readonly lost: Promise<unknown>
  close(): Promise<void>
}

/** Handed to a new thread as it is; `transfer` is what moves there. Read by the root of the thread. */
export interface ThreadLogs {
  readonly data: unknown
  readonly transfer: readonly object[]
}

export interface LogParts {
  readonly open: () => Promise<OpenLogs>
  readonly provided: Provided<OpenLogs>
}

/** Keeps the logs open. When one is lost, this actor fails, and with it restarts all that stands on it. */
export function log(parts: LogParts): ActorFactory<never> {
  return context => {
    let open: OpenLogs | undefined
    return {
      async started() {
        open = await parts.open()
        parts.provided.provide(open)
        void open.lost.then(error => context.fail(error))
      },
      receive: message => message,
      async stopped() {
        parts.provided.withdraw()
        await open?.close()
      },
    }
  }
}
