import type { Epoch } from '../core/epoch.js'
import type { StaleKey } from '../core/fence.js'
import type { OffsetMap, TaskId } from '../core/offset.js'
import { encodeTaskMark, firstStamp, nobody, type Stamp } from '../core/record-mark.js'
import type { LogClient } from '../ports/log.js'
import type { ConnectorOffsets, SourceOffset } from '../ports/source-offsets.js'
import { FenceRounds, type FenceOrder } from './fence-rounds.js'
import type { InternalTopic } from './internal-topic.js'
import { OffsetFold } from './offset-fold.js'
import { encodeOffsetRecord, offsetKey, partitionIdentity } from './offset-record.js'
import { StateTopic, type StateRecord, type StoreDependencies } from './state-topic.js'

/** Source offsets in Connect's offsets topic (`offset.storage.topic`), on any log, in any thread. */
export class OffsetStore {
  readonly #log: LogClient
  readonly #fold = new OffsetFold()
  readonly #topic: StateTopic
  readonly #fences: FenceRounds
  #alterations = 0

  constructor(dependencies: StoreDependencies, topic: InternalTopic) {
    this.#log = dependencies.log
    this.#topic = new StateTopic(dependencies, topic, record => this.#fold.apply(record))
    this.#fences = new FenceRounds({
      partitions: () => this.#topic.partitions,
      readToEnd: () => this.#topic.readToEnd(),
      write: records => this.#topic.write(records),
      floor: (connector, task) => this.#fold.floor(connector, task),
    })
  }

  /** The highest term in the topic (R16). */
  get highestTerm(): number {
    return this.#fold.highestTerm
  }

  open(): Promise<void> {
    return this.#topic.open()
  }

  close(): Promise<void> {
    return this.#topic.close()
  }

  subscribe(listener: () => void): () => void {
    return this.#topic.subscribe(listener)
  }

  /** Every offset of the connector, after everything written so far has been read. */
  async all(connector: string): Promise<readonly SourceOffset[]> {
    await this.#topic.readToEnd()
    return this.#fold.all(connector)
  }

  /**
   * Sets offsets as an operator asks for, also backwards; null forgets one. Where a partition was written before, under
   * every spelling of it, since whichever its connector uses must not win over the operator. Resolves when they have
   * been read back. With peers under `epoch`, which no owner of the connector's tasks has reached: fails with
   * `stores.fenced` where one has.
   */
  async write(
    connector: string,
    changes: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
    epoch?: Epoch,
  ): Promise<void> {
    const [from] = epoch === undefined ? [] : await this.fence([{ connector, task: '*', epoch }])
    await this.#topic.readToEnd()
    const spellings = this.#fold.spellings(connector)
    const records = changes.flatMap(({ partition, offset }) => {
      const known = spellings.get(partitionIdentity(connector, partition)) ?? [partition]
      return known.map(spelling => encodeOffsetRecord(connector, spelling, offset))
    })
    const mark = from && encodeTaskMark({ task: nobody, epoch: from.epoch, seq: ++this.#alterations })
    await this.#topic.write(records.map(record => (mark === undefined ? record : { ...record, mark })))
    if (from) this.#fences.checkFloor({ connector, task: '*', epoch: from.epoch }, from)
  }

  /**
   * R25: before a task reads its start offsets. Writes a fence for each order to every partition, in one append, and
   * reads it back: what an earlier owner, or an earlier run of this one, still writes is ignored from there on. Gives for
   * each order the stamp that its records go on from. Fails with `stores.fenced` where a newer owner was faster.
   */
  fence(orders: readonly FenceOrder[]): Promise<readonly Stamp[]> {
    return this.#fences.fence(orders)
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
      .map(({ key, partition, value, repair }): StateRecord => ({
        key,
        value,
        partition,
        mark: encodeTaskMark(repair),
      }))
    await this.#topic.write(records)
  }

  /** Of a node without peers, or for reading only. */
  forConnector(connector: string): ConnectorOffsets {
    return this.#offsets(connector, () => ({}))
  }

  /**
   * Of a task that fences by itself, when it is time (`ConnectorOffsets.fence`), and each time anew. `since` is not above
   * the epoch of any task of its generation (the record that defined its tasks).
   */
  forGrant(
    { connector, task }: TaskId,
    { epoch, since }: { readonly epoch: Epoch; readonly since: Epoch },
  ): ConnectorOffsets {
    let { seq } = firstStamp
    return {
      ...this.#offsets(connector, () => ({ mark: encodeTaskMark({ task, epoch, seq: ++seq }) })),
      fence: async () => {
        const generation = { connector, task: '*', epoch: since } as const
        const [, stamp] = await this.fence([generation, { connector, task, epoch }])
        seq = stamp!.seq
      },
    }
  }

  #offsets(connector: string, marked: () => Pick<StateRecord, 'mark'>): ConnectorOffsets {
    return {
      log: this.#log,
      key: partition => offsetKey(connector, partition),
      last: async partition => {
        await this.#topic.readToEnd()
        return this.#fold.last(connector, partition)
      },
      all: () => this.all(connector),
      encode: offsets => {
        const mark = marked()
        return this.#topic.encode(
          offsets.map(({ partition, offset }) => ({ ...encodeOffsetRecord(connector, partition, offset), ...mark })),
        )
      },
    }
  }
}
