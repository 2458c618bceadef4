import type { InstanceState } from '../src/core/api/connectors.js'
import type { Epoch } from '../src/core/epoch.js'
import { errorMessage } from '../src/core/error.js'
import type { TaskId } from '../src/core/offset.js'
import { sleep, type Clock } from '../src/ports/clock.js'
import type { Logger } from '../src/ports/logger.js'
import { statusKey, type StatusSubject, type StoredStatus } from '../src/stores/status-fold.js'
import type { StatusStore } from '../src/stores/status-store.js'
import { traceOf } from './trace.js'

/** How long the last word on something that stops may take. */
const lastWordMs = 1_000

export interface StatusWriterParts {
  readonly store: StatusStore
  readonly workerId: () => string
  /** The grant under which this node speaks of it (I4); undefined where a node is alone. */
  readonly epochOf: (of: StatusSubject) => Epoch | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Writes statuses under this node's name. A status that cannot be written is logged and left: it must never take down
 * what it tells of.
 */
export class StatusWriter {
  readonly #parts: StatusWriterParts
  /** By status key: what was last said to restart. */
  readonly #restarting = new Set<string>()

  constructor(parts: StatusWriterParts) {
    this.#parts = parts
  }

  connector(name: string, state: InstanceState, version?: string): Promise<void> {
    return this.#put({ connector: name }, state, version)
  }

  task(id: TaskId, state: InstanceState, version?: string): Promise<void> {
    return this.#put(id, state, version)
  }

  failed(of: StatusSubject, error: unknown, version?: string): Promise<void> {
    return this.#put(of, 'FAILED', version, traceOf(error))
  }

  restarting(of: StatusSubject): Promise<void> {
    this.#restarting.add(statusKey(of))
    return this.#put(of, 'RESTARTING')
  }

  /** It stopped. What says RESTARTING goes on saying so until it runs again (contract §5.1). */
  async unassigned(of: StatusSubject, reason: 'shutdown' | 'restart'): Promise<void> {
    if (reason === 'restart' && this.#restarting.has(statusKey(of))) return
    // A log that is away must hold up neither the end of a task nor that of its node (I9).
    await Promise.race([this.#put(of, 'UNASSIGNED'), sleep(this.#parts.clock, lastWordMs)])
  }

  /** Nothing of this connector or task is left (DESTROYED). */
  removed(of: StatusSubject): Promise<void> {
    this.#restarting.delete(statusKey(of))
    return this.#guard(of, () => this.#parts.store.remove(of, this.#parts.epochOf(of)))
  }

  topicUsed({ connector, task }: TaskId, topic: string): Promise<void> {
    const discoverTimestamp = this.#parts.clock.wallTime()
    return this.#guard({ connector, task }, () =>
      this.#parts.store.putTopic({ topic, connector, task, discoverTimestamp }),
    )
  }

  /** Nothing of this connector is left, nor the topics that it used. */
  async connectorRemoved(connector: string): Promise<void> {
    await this.#guard({ connector }, () => this.#parts.store.removeTopics(connector))
    await this.removed({ connector })
  }

  #put(of: StatusSubject, state: InstanceState, version?: string, trace?: string): Promise<void> {
    if (state !== 'RESTARTING') this.#restarting.delete(statusKey(of))
    const { store, workerId, epochOf } = this.#parts
    const epoch = epochOf(of)
    const known = store.view.get(of)
    const status: StoredStatus = {
      state,
      trace: trace ?? null,
      workerId: workerId(),
      generation: epoch?.term ?? 0,
      version: version ?? known?.version ?? null,
    }
    return this.#guard(of, () => store.put(of, status, epoch))
  }

  async #guard(of: StatusSubject, write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      this.#parts.logger.log('warn', 'A status could not be written', { ...of, error: errorMessage(error) })
    }
  }
}
