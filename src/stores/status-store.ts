import type { Epoch } from '../core/epoch.js'
import { dispositionOf } from '../core/error.js'
import type { StaleKey } from '../core/fence.js'
import { encodeTaskMark, nobody } from '../core/record-mark.js'
import { sleep } from '../ports/clock.js'
import type { InternalTopic } from './internal-topic.js'
import { StateTopic, type StateRecord, type StoreDependencies } from './state-topic.js'
import {
  StatusFold,
  isSafeToWrite,
  statusRecord,
  type StatusSubject,
  type StoredStatus,
  type TopicUse,
} from './status-fold.js'

export type StatusView = Pick<StatusFold, 'connectors' | 'get' | 'tasks' | 'topics'>

const retryMs = 300

/** Connect's status topic (`status.storage.topic`). */
export class StatusStore {
  readonly #dependencies: StoreDependencies
  readonly #fold = new StatusFold()
  readonly #topic: StateTopic
  readonly #stop = new AbortController()
  /** The number of the last write of each key that is still being tried. */
  readonly #latest = new Map<string, number>()
  #writes = 0
  #seq = 0

  constructor(dependencies: StoreDependencies, topic: InternalTopic) {
    this.#dependencies = dependencies
    this.#topic = new StateTopic(dependencies, topic, record => this.#fold.apply(record))
  }

  get view(): StatusView {
    return this.#fold
  }

  /** The highest term in the topic (R16). */
  get highestTerm(): number {
    return this.#fold.highestTerm
  }

  open(): Promise<void> {
    return this.#topic.open()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#topic.close()
  }

  readToEnd(): Promise<void> {
    return this.#topic.readToEnd()
  }

  subscribe(listener: () => void): () => void {
    return this.#topic.subscribe(listener)
  }

  /**
   * Connect's safe write where the state asks for it: UNASSIGNED and FAILED are skipped where a newer owner has spoken.
   * With peers, under the grant of whoever runs it.
   */
  async put(of: StatusSubject, status: StoredStatus, epoch?: Epoch): Promise<void> {
    if (isSafeToWrite(this.#fold.get(of), status)) await this.#write(this.#marked(of, status, epoch))
  }

  /** Deletes the status (DESTROYED). With peers, under an epoch above that of whoever ran it. */
  async remove(of: StatusSubject, epoch?: Epoch): Promise<void> {
    await this.#write(this.#marked(of, null, epoch))
  }

  /** Keys whose newest record is an ignored one. */
  stale(): readonly StaleKey[] {
    return this.#fold.stale()
  }

  /** R26: writes the good values of the stale keys that are `mine` again. Harmless where another node does it too. */
  async repair(mine: (of: StaleKey) => boolean): Promise<void> {
    const records = this.#fold
      .stale()
      .filter(mine)
      .map(({ key, value, repair }): StateRecord => ({ key, value, mark: encodeTaskMark(repair) }))
    await this.#topic.write(records)
  }

  /** Written on a connector's first use of a topic only. */
  async putTopic(use: TopicUse): Promise<void> {
    if (this.#fold.topics(use.connector).some(known => known.topic === use.topic)) return
    await this.#write(statusRecord.topic(use))
  }

  async removeTopics(connector: string): Promise<void> {
    for (const { topic } of this.#fold.topics(connector)) await this.#write(statusRecord.topicRemoved(connector, topic))
  }

  #marked(of: StatusSubject, status: StoredStatus | null, epoch: Epoch | undefined): StateRecord {
    const record = statusRecord.status(of, status)
    if (epoch === undefined) return record
    // A store that is opened anew under the same grants counts on, past what its last life may have under way.
    this.#seq = Math.max(this.#seq + 1, this.#fold.highestSeq + 1, this.#dependencies.clock.wallTime())
    return { ...record, mark: encodeTaskMark({ task: 'task' in of ? of.task : nobody, epoch, seq: this.#seq }) }
  }

  /** Resolves when the record is durable and read back, or was superseded by a later write of its key while the log was away. */
  async #write(record: StateRecord): Promise<void> {
    const number = ++this.#writes
    this.#latest.set(record.key, number)
    const superseded = (): boolean => this.#latest.get(record.key) !== number
    try {
      while (!superseded() && !this.#stop.signal.aborted) {
        try {
          return await this.#topic.write([record])
        } catch (error) {
          if (dispositionOf(error) !== 'retry') throw error
          await sleep(this.#dependencies.clock, retryMs, this.#stop.signal)
        }
      }
    } finally {
      if (!superseded()) this.#latest.delete(record.key)
    }
  }
}
