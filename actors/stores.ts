import type { ActorFactory } from '../src/actor/behavior.js'
import type { Clock } from '../src/ports/clock.js'
import type { Logger } from '../src/ports/logger.js'
import { ConfigStore } from '../src/stores/config-store.js'
import type { InternalTopic } from '../src/stores/internal-topic.js'
import { OffsetStore } from '../src/stores/offset-store.js'
import { StatusStore } from '../src/stores/status-store.js'
import type { OpenLogs } from './log.js'
import type { Provided } from './provided.js'

/** The node's view of what is wanted and what is. */
export interface NodeStores {
  readonly configs: ConfigStore
  readonly statuses: StatusStore
  /** With peers only: otherwise the task threads, where offsets are committed, are the only ones to read them. */
  readonly offsets?: OffsetStore
}

/** The topics in which the runtime keeps its state. */
export interface StateTopics {
  readonly config: Omit<InternalTopic, 'partitions' | 'onePartition'>
  readonly offset: InternalTopic
  readonly status: InternalTopic
}

export interface StoresParts {
  readonly log: Provided<OpenLogs>
  readonly topics: StateTopics
  readonly provided: Provided<NodeStores>
  readonly clock: Clock
  readonly logger: Logger
  /** Whether only a leader writes the config topic, and offsets are fenced. */
  readonly hasPeers: boolean
  /** Whether source offsets are committed in transactions: those of transactions that were undone are none. */
  readonly exactlyOnce: boolean
}

/** Keeps the stores caught up with their topics. Up once everything that was written before has been read. */
export function stores(parts: StoresParts): ActorFactory<never> {
  return () => {
    const { clock, logger, topics } = parts
    let opened: NodeStores | undefined
    return {
      async started() {
        const isolation = parts.exactlyOnce ? 'read_committed' : 'read_uncommitted'
        const dependencies = { log: parts.log.get().state, clock, logger }
        opened = {
          configs: new ConfigStore(dependencies, topics.config, { led: parts.hasPeers }),
          statuses: new StatusStore(dependencies, topics.status),
          ...(parts.hasPeers && { offsets: new OffsetStore({ ...dependencies, isolation }, topics.offset) }),
        }
        await Promise.all([opened.configs.open(), opened.statuses.open(), opened.offsets?.open()])
        parts.provided.provide(opened)
      },
      receive: message => message,
      async stopped() {
        parts.provided.withdraw()
        await Promise.all([opened?.offsets?.close(), opened?.statuses.close(), opened?.configs.close()])
      },
    }
  }
}
