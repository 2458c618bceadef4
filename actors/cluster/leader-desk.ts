import { commandKey, type CommandId } from '../../src/cluster/events.js'
import { unpackBody } from '../../src/cluster/packing.js'
import type { Command } from '../../src/cluster/state.js'
import type { ConnectorOffset } from '../../src/core/api/offsets.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { Epoch } from '../../src/core/epoch.js'
import { errorCode, errorMessage } from '../../src/core/error.js'
import type { Clock } from '../../src/ports/clock.js'
import type { Logger } from '../../src/ports/logger.js'
import type { StatusSubject } from '../../src/stores/status-fold.js'
import { configRecord } from '../../src/stores/config-record.js'
import {
  carryOut,
  repeated,
  unremarkable,
  type ClusterCommand,
  type ConfigAnswer,
  type OffsetsCommand,
} from '../config-command.js'
import { notStopped, tasksStopping } from '../herder-errors.js'
import { clearLeftovers } from '../leftovers.js'
import type { NodeStores } from '../stores.js'
import { mayHaveOwnOffsets } from '../thread/messages.js'
import { packAnswer, packFailure } from './command-answer.js'

/** What a command came to, for the reply. */
export interface CommandOutcome {
  readonly term: number
  readonly id: CommandId
  readonly status: number
  readonly body: Uint8Array
  readonly configOffset: number
}

export interface OwnOffsetsChange {
  readonly connector: string
  readonly config: RawConfig
  readonly offsets: readonly ConnectorOffset[]
  readonly epoch: Epoch
}

/** After a round of fencing that failed. */
const againMs = 2_000

export interface LeaderDeskParts {
  readonly group: string
  readonly stores: Required<NodeStores>
  readonly clock: Clock
  readonly logger: Logger
  /** Takes a transactional id from whoever has it (I4). */
  readonly fenceId: (connector: string, task: number) => Promise<void>
  /** Sets offsets of a connector that has a topic of its own for them, in a task thread: that knows the values of its variables. */
  readonly writeOwnOffsets: (change: OwnOffsetsChange) => Promise<void>
  /** One that is above every grant so far. Fails when another leads. */
  readonly newEpoch: () => Promise<Epoch>
  /** Whether the cluster has tasks of it, be it that they are still being stopped. */
  readonly hasTasks: (connector: string) => boolean
  readonly onFenced: (term: number) => void
  readonly onTakeoverFailed: (term: number) => void
  readonly onSetFenced: (connector: string, generation: number) => void
  readonly onOutcome: (outcome: CommandOutcome) => void
}

/**
 * What the leader of a term does to the config topic: of each connector one thing after the other, in the order of the log;
 * what concerns all of them waits for all of them.
 */
export class LeaderDesk {
  readonly #parts: LeaderDeskParts
  /** The end of what concerned all. Never rejects. */
  #common: Promise<void> = Promise.resolve()
  /** By connector: the end of what was begun since. Never rejects. */
  readonly #lines = new Map<string, Promise<void>>()
  #term = 0

  constructor(parts: LeaderDeskParts) {
    this.#parts = parts
  }

  /** R27: fences the config topic and reads it to its end, before anything is decided from it. */
  takeover(term: number): void {
    this.#term = term
    this.#nextOfAll(term, async () => {
      const { stores, group, onFenced, onTakeoverFailed } = this.#parts
      try {
        await stores.configs.lead(term, group)
        // R26: what an older leader left as the newest of its key would be all that a newcomer sees after compaction.
        await stores.configs.repair()
      } catch (error) {
        // Whether its fence stands is not known, and it must not be written twice.
        onTakeoverFailed(term)
        throw error
      }
      onFenced(term)
    })
  }

  /** No task of it runs: nothing that an earlier set still has under way may be committed beside the next one. */
  fenceSet(name: string, generation: number, term: number): void {
    this.#next(name, term, async () => {
      const { fenceId, onSetFenced, clock } = this.#parts
      const { configs } = this.#parts.stores
      const entry = configs.view.connector(name)
      if (entry !== undefined) {
        const count = Math.max(entry.fencedTaskCount ?? 0, entry.tasks.length)
        try {
          await Promise.all(Array.from({ length: count }, (_, task) => fenceId(name, task)))
        } catch (error) {
          // Without it none of its tasks may run, and nobody asks again in this term.
          clock.setTimer(() => this.fenceSet(name, generation, term), againMs)
          throw error
        }
        await configs.put(configRecord.tasksFencing(name, entry.tasks.length))
      }
      onSetFenced(name, generation)
    })
  }

  execute(command: Command, term: number): void {
    const { name } = unpackBody(command.body) as ClusterCommand
    this.#next(name, term, async () => this.#parts.onOutcome(await this.#carryOut(command, term)))
  }

  /**
   * R26: writes over what stale owners left as the newest of its key, and clears the statuses of what is gone for good, under
   * an epoch that is above every grant before it.
   */
  repair(epoch: Epoch, runs: (of: StatusSubject) => boolean): void {
    this.#nextOfAll(epoch.term, async () => {
      const { configs, statuses, offsets } = this.#parts.stores
      await configs.repair()
      await offsets.repair(() => true)
      await statuses.repair(() => true)
      const removed = (of: StatusSubject): Promise<void> => statuses.remove(of, epoch)
      const connectorRemoved = async (connector: string): Promise<void> => {
        await statuses.removeTopics(connector)
        await removed({ connector })
      }
      await clearLeftovers(configs.view, statuses.view, { removed, connectorRemoved }, runs)
    })
  }

  /** Another leads, or nobody: what this node still had to do as leader is dropped. */
  stepDown(): void {
    if (this.#term === 0) return
    this.#term = 0
    this.#parts.stores.configs.follow()
  }

  /** What has been begun is waited for. */
  close(): Promise<void> {
    this.stepDown()
    return this.#allBegun()
  }

  #next(connector: string, term: number, step: () => Promise<void>): void {
    const line = (this.#lines.get(connector) ?? this.#common)
      .then(() => this.#step(term, step))
      .then(() => {
        if (this.#lines.get(connector) === line) this.#lines.delete(connector)
      })
    this.#lines.set(connector, line)
  }

  #nextOfAll(term: number, step: () => Promise<void>): void {
    const begun = this.#allBegun()
    this.#lines.clear()
    this.#common = begun.then(() => this.#step(term, step))
  }

  async #allBegun(): Promise<void> {
    await Promise.all([this.#common, ...this.#lines.values()])
  }

  /** An older term's work is dropped: its leader has no say any more. */
  async #step(term: number, step: () => Promise<void>): Promise<void> {
    if (term !== this.#term) return
    try {
      await step()
    } catch (error) {
      // The decision is made again as long as it stands: `decide` asks once more, or another node leads.
      this.#parts.logger.log('warn', 'A duty of the leader failed', {
        term,
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
  }

  async #carryOut(command: Command, term: number): Promise<CommandOutcome> {
    const { configs } = this.#parts.stores
    const { id } = command
    const key = commandKey(id)
    const asked = unpackBody(command.body) as ClusterCommand
    try {
      // R30: the leader before this one had written it, and died before it replied.
      const value = configs.knows(key) ? repeated(asked) : await this.#execute(asked, key)
      return { term, id, status: 200, body: packAnswer(value), configOffset: configs.view.offset }
    } catch (error) {
      return { term, id, status: 500, body: packFailure(error), configOffset: configs.view.offset }
    }
  }

  #execute(asked: ClusterCommand, key: string): Promise<ConfigAnswer> {
    if (asked.type === 'write-source-offsets') return this.#writeOffsets(asked)
    return carryOut(asked, this.#parts.stores.configs, key)
  }

  /** §8: under an epoch of its own, so that what an old owner still has under way cannot override the operator (I4). */
  async #writeOffsets({ name, offsets }: OffsetsCommand): Promise<ConfigAnswer> {
    const { stores, newEpoch, hasTasks } = this.#parts
    const entry = stores.configs.view.connector(name)
    if (entry?.targetState !== 'STOPPED' || entry.tasks.length > 0) throw notStopped(name)
    if (hasTasks(name)) throw tasksStopping(name)
    const epoch = await newEpoch()
    if (mayHaveOwnOffsets(entry.config))
      await this.#parts.writeOwnOffsets({ connector: name, config: entry.config, offsets, epoch })
    else await stores.offsets.write(name, offsets, epoch)
    return unremarkable
  }
}
