import { stringifyJson } from './json/schemaless.js'
import { compareStamps, firstStamp, nobody, type Stamp, type TaskMark } from './record-mark.js'

/** `*` stands for all tasks of a connector. */
export type FencedTask = number | '*'

/**
 * What readers do with a record (I4). `accepted`: it is the newest of its key. `repeated`: the newest once more, as after
 * an append whose answer was lost; its content is the same. `stale`: ignored, and to be written over (R26).
 */
export type Verdict = 'accepted' | 'repeated' | 'stale'

/** A record of the offsets or status topic, as the rules see it. */
export interface FencedRecord {
  readonly partition: number
  readonly key: string
  readonly connector: string
  /** Undefined where another runtime wrote it, or a node without peers. */
  readonly mark: TaskMark | undefined
}

/** An ignored record that is the newest of its key: compaction would keep it, and drop the good one. */
export interface StaleKey {
  readonly partition: number
  readonly key: string
  readonly connector: string
  /** Whose record is the good one; undefined where nobody's is, or an operator's. */
  readonly task: number | undefined
  /** Of a fence: whom it fences. */
  readonly fence: FencedTask | undefined
  /**
   * Under which the good value is to be written again, by anybody and at any time: above what compaction would let a
   * newcomer accept instead, and below all that the key's owner writes, now or later.
   */
  readonly repair: TaskMark
}

/** Connect reads keys of two elements only, so that it lists no fence. */
export function fenceKey(connector: string, task: FencedTask): string {
  return `[${stringifyJson(connector)},${JSON.stringify(task)},"fence"]`
}

/** The parts of a fence's key, from the key as parsed JSON; undefined for any other. */
export function parseFenceKey(key: unknown): { readonly connector: string; readonly task: FencedTask } | undefined {
  if (!Array.isArray(key) || key.length !== 3 || key[2] !== 'fence') return undefined
  const [connector, task] = key as unknown[]
  if (typeof connector !== 'string') return undefined
  return task === '*' || (Number.isSafeInteger(task) && (task as number) >= 0)
    ? { connector, task: task as FencedTask }
    : undefined
}

interface Known {
  readonly partition: number
  readonly key: string
  readonly connector: string
  readonly fence?: FencedTask
  readonly newest: TaskMark | undefined
  readonly stale: boolean
}

/**
 * Rules R23 to R26 for one topic: which records count, by their marks alone, and which keys have to be written again. To
 * be asked about each record once, in each partition's order. All readers come to the same answers, also those who see
 * only what compaction left once stale keys have been repaired.
 *
 * Floors hold in the partition of their fence: in another one, what stands before its own fence still counts.
 */
export class TaskFence {
  readonly #keys = new Map<string, Known>()
  /** By partition and connector. */
  readonly #floors = new Map<number, Map<string, Map<FencedTask, Stamp>>>()
  readonly #stale = new Set<string>()
  #highestTerm = 0

  /** R16: who becomes leader goes above it. */
  get highestTerm(): number {
    return this.#highestTerm
  }

  judge({ partition, key, connector, mark }: FencedRecord): Verdict {
    const known = this.#keys.get(key)
    if (mark === undefined) {
      // Foreign: accepted as it comes, and it changes no epoch.
      if (known !== undefined) this.#note(key, { ...known, stale: false })
      return 'accepted'
    }
    this.#highestTerm = Math.max(this.#highestTerm, mark.epoch.term)
    const order = known?.newest === undefined ? 1 : compareStamps(mark, known.newest) // R23, R24
    // The newest once more behind a later fence would mean nothing to who reads it there first.
    const verdict =
      this.#isBelowFloor(partition, connector, mark) || order < 0 ? 'stale' : order > 0 ? 'accepted' : 'repeated' // R25
    this.#note(key, {
      partition,
      key,
      connector,
      newest: verdict === 'accepted' ? mark : known?.newest,
      stale: verdict === 'stale',
    })
    return verdict
  }

  /** A fence was read: raises the floor, in its partition, below which a task's records are ignored. */
  raise(partition: number, connector: string, mark: TaskMark, task: FencedTask): Verdict {
    const key = fenceKey(connector, task)
    // The same key stands in every partition.
    const id = `${partition}/${key}`
    this.#highestTerm = Math.max(this.#highestTerm, mark.epoch.term)
    const floors = this.#floorsOf(partition, connector)
    const floor = floors.get(task)
    const order = floor === undefined ? 1 : compareStamps(mark, floor)
    if (order > 0) floors.set(task, { epoch: mark.epoch, seq: mark.seq })
    const newest = order > 0 ? mark : this.#keys.get(id)?.newest
    this.#note(id, { partition, key, connector, fence: task, newest, stale: order < 0 })
    return order > 0 ? 'accepted' : order < 0 ? 'stale' : 'repeated'
  }

  /** The highest floor of a task in any partition: the stamp that its last run began with. */
  floor(connector: string, task: FencedTask): Stamp | undefined {
    let highest: Stamp | undefined
    for (const connectors of this.#floors.values()) {
      const floor = connectors.get(connector)?.get(task)
      if (floor !== undefined && (highest === undefined || compareStamps(floor, highest) > 0)) highest = floor
    }
    return highest
  }

  /** A record that says what the newest of its key says, but is not it: to be written again too. */
  distrust(key: string): void {
    const known = this.#keys.get(key)
    if (known !== undefined) this.#note(key, { ...known, stale: true })
  }

  stale(): StaleKey[] {
    return [...this.#stale].map(id => {
      const known = this.#keys.get(id)!
      const { partition, key, connector, newest, fence } = known
      const task = newest === undefined || newest.task === nobody ? undefined : newest.task
      return { partition, key, connector, task, fence, repair: this.#repairMark(known) }
    })
  }

  #repairMark({ partition, connector, newest }: Known): TaskMark {
    const floor = this.#floorsOf(partition, connector).get('*') ?? firstStamp
    const { epoch, seq } = newest !== undefined && compareStamps(newest, floor) >= 0 ? newest : floor
    return { task: nobody, epoch, seq }
  }

  #note(id: string, known: Known): void {
    this.#keys.set(id, known)
    if (known.stale) this.#stale.add(id)
    else this.#stale.delete(id)
  }

  #isBelowFloor(partition: number, connector: string, mark: TaskMark): boolean {
    const floors = this.#floors.get(partition)?.get(connector)
    if (floors === undefined) return false
    return [floors.get(mark.task), floors.get('*')].some(floor => floor !== undefined && compareStamps(mark, floor) < 0)
  }

  #floorsOf(partition: number, connector: string): Map<FencedTask, Stamp> {
    const connectors = this.#floors.get(partition) ?? new Map<string, Map<FencedTask, Stamp>>()
    this.#floors.set(partition, connectors)
    const floors = connectors.get(connector) ?? new Map<FencedTask, Stamp>()
    connectors.set(connector, floors)
    return floors
  }
}
