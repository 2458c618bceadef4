import type { TargetState } from '../core/api/connectors.js'
import type { RawConfig } from '../core/config/field.js'
import { MillraceError } from '../core/error.js'
import { LeaderFence, leaderKey } from '../core/leader-fence.js'
import { stringifyJson } from '../core/json/schemaless.js'
import { decodeLeaderMark, encodeLeaderMark } from '../core/record-mark.js'
import { ConfigFold, type ConfigChange } from './config-fold.js'
import { configRecord } from './config-record.js'
import { repairOf } from './config-repair.js'
import type { InternalTopic } from './internal-topic.js'
import { StateTopic, type StateRecord, type StoreDependencies } from './state-topic.js'
import type { FollowedRecord } from './topic-follower.js'

/** What the store's owner reads: the fold, without the means to change it. */
export type ConfigView = Pick<ConfigFold, 'offset' | 'sessionKey' | 'connectors' | 'connector'>

/** Whose the topic is, by the last term that was begun in it. */
export interface LeaderRecord {
  readonly term: number
  /** `group.id`. */
  readonly cluster: string
}

/** A term as the leader that writes the topic has it. */
interface Leadership extends LeaderRecord {
  nextSeq: number
  /** By seq: whether what was written and is to be read back yet counts. */
  readonly awaited: Map<number, boolean>
}

/**
 * Connect's config topic (`config.storage.topic`). Every write resolves once it has been read back, so whoever reads
 * `view` after it sees it.
 *
 * In a cluster (`led`) only the leader writes, between `lead` and `follow`, and a write that does not count fails with
 * `stores.fenced` (R29): a newer leader has begun. The `command` that a write carries out goes with its last record, and
 * with a command's last write only (R30).
 */
export class ConfigStore {
  readonly #fold = new ConfigFold()
  readonly #leaders = new LeaderFence()
  readonly #topic: StateTopic
  readonly #led: boolean
  readonly #listeners = new Set<(change: ConfigChange) => void>()
  #leadership: Leadership | undefined
  #begun: LeaderRecord | undefined

  constructor(
    dependencies: StoreDependencies,
    topic: Omit<InternalTopic, 'partitions' | 'onePartition'>,
    options: { readonly led?: boolean } = {},
  ) {
    this.#led = options.led ?? false
    this.#topic = new StateTopic(dependencies, { ...topic, partitions: 1, onePartition: true }, record =>
      this.#read(record),
    )
  }

  get view(): ConfigView {
    return this.#fold
  }

  /** The highest term in the topic (R16). */
  get highestTerm(): number {
    return this.#leaders.term
  }

  /** The last term that counts; undefined where no cluster of Millrace has written here. */
  get begun(): LeaderRecord | undefined {
    return this.#begun
  }

  /** Whether the topic has what this command asks for: it is answered then, not carried out (R30). */
  knows(command: string): boolean {
    return this.#leaders.knows(command)
  }

  open(): Promise<void> {
    return this.#topic.open()
  }

  close(): Promise<void> {
    return this.#topic.close()
  }

  readToEnd(): Promise<void> {
    return this.#topic.readToEnd()
  }

  /** Resolves when everything before `offset` has been read. */
  reached(offset: number): Promise<void> {
    return this.#topic.reached([offset])
  }

  /** Calls `listener` with each change read after the start, in order, until the returned function is called. */
  subscribe(listener: (change: ConfigChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * R27: begins a term. Resolves when its first record has been read back: nothing that an older leader writes counts
   * from there on, and `view` has all that did. Fails with `stores.fenced`.
   */
  async lead(term: number, cluster: string): Promise<void> {
    await this.#topic.readToEnd()
    if (term <= this.#leaders.term) throw fenced(term)
    const leadership: Leadership = { term, cluster, nextSeq: 0, awaited: new Map() }
    this.#leadership = leadership
    try {
      await this.#write([{ key: leaderKey, value: leaderValue(leadership) }])
    } catch (error) {
      if (this.#leadership === leadership) this.#leadership = undefined
      throw error
    }
  }

  /** Another leads: writes fail from now on. */
  follow(): void {
    this.#leadership = undefined
  }

  /** Keys whose newest record is an ignored one. */
  stale(): readonly string[] {
    return this.#leaders.stale()
  }

  /** R26 for the config topic, by the leader: writes the good values of stale keys again. */
  async repair(): Promise<void> {
    const { records, taskSets, nothing } = repairOf(
      this.#leaders.stale(),
      this.#fold,
      leaderValue(this.#begun ?? { term: this.#leaders.term, cluster: '' }),
    )
    for (const key of nothing) this.#leaders.letBe(key)
    if (records.length > 0) await this.#write(records)
    for (const { connector, tasks } of taskSets) await this.putTasks(connector, tasks)
  }

  /** With `initialState` the connector is never seen in another state: its record comes first. */
  async putConnector(name: string, config: RawConfig, initialState?: TargetState, command?: string): Promise<void> {
    const state = initialState === undefined ? [] : [configRecord.targetState(name, initialState)]
    await this.#write([...state, configRecord.connector(name, config)], command)
  }

  /** Task, commit and fencing records stay; without their connector they mean nothing. */
  async deleteConnector(name: string, command?: string): Promise<void> {
    await this.#write([configRecord.connector(name, null), configRecord.targetState(name, null)], command)
  }

  async setTargetState(name: string, state: TargetState, command?: string): Promise<void> {
    await this.#write([configRecord.targetState(name, state)], command)
  }

  /** Publishes a connector's whole set of task configurations; readers see all of them or none. */
  async putTasks(name: string, tasks: readonly RawConfig[], command?: string): Promise<void> {
    const records = tasks.map((config, task) => configRecord.task({ connector: name, task }, config))
    await this.#write([...records, configRecord.commit(name, tasks.length)], command)
  }

  /** Any other record of the topic, made by `configRecord`. */
  async put(record: StateRecord, command?: string): Promise<void> {
    await this.#write([record], command)
  }

  async #write(records: readonly StateRecord[], command?: string): Promise<void> {
    if (!this.#led) return this.#topic.write(records)
    const leadership = this.#leadership
    if (!leadership) throw notLeader()
    const { term, awaited } = leadership
    const marked = records.map((record, index) => {
      const seq = leadership.nextSeq++
      awaited.set(seq, false)
      const carries = index === records.length - 1 ? (command ?? null) : null
      return { seq, record: { ...record, mark: encodeLeaderMark({ term, seq, command: carries }) } }
    })
    try {
      await this.#topic.write(marked.map(({ record }) => record))
      // R29: acknowledged is not enough; a newer leader may have begun before it.
      if (!marked.every(({ seq }) => awaited.get(seq))) throw fenced(term)
    } finally {
      for (const { seq } of marked) awaited.delete(seq)
    }
  }

  /** Throws `stores.record_malformed`. */
  #begin(value: string | null): ConfigChange {
    const { term, cluster } = (JSON.parse(value ?? 'null') ?? {}) as Record<string, unknown>
    if (typeof term !== 'number' || typeof cluster !== 'string')
      throw new MillraceError('stores.record_malformed', `The value under ${leaderKey} names no term and cluster.`)
    this.#begun = { term, cluster }
    return { type: 'term-begun', ...this.#begun }
  }

  #read({ offset, key, value, mark }: FollowedRecord): void {
    // Whatever it is, it has been read.
    this.#fold.skip(offset)
    const leader = mark === null ? undefined : decodeLeaderMark(mark)
    if (this.#leaders.judge(key ?? '', leader) !== 'accepted') return
    const { term, awaited } = this.#leadership ?? {}
    if (leader !== undefined && leader.term === term && awaited?.has(leader.seq)) awaited.set(leader.seq, true)
    const change = key === leaderKey ? this.#begin(value) : this.#fold.apply(offset, key ?? '', value)
    // Old restart requests and log levels are history: nobody hears of what was there at the start.
    if (change && this.#topic.caughtUp) for (const listener of this.#listeners) listener(change)
  }
}

function leaderValue({ term, cluster }: LeaderRecord): string {
  return stringifyJson({ term, cluster })
}

function fenced(term: number): MillraceError {
  return new MillraceError('stores.fenced', `A newer leader than that of term ${term} writes the config topic.`, {
    hint: 'Ask again: the newer leader answers.',
  })
}

function notLeader(): MillraceError {
  return new MillraceError('stores.not_leader', 'Only the leader writes the config topic, and this node is not it.')
}
