import { compareEpochs, type Epoch } from '../../../src/core/epoch.js'
import { fenceKey, TaskFence, type FencedTask, type Verdict } from '../../../src/core/fence.js'
import type { TaskMark } from '../../../src/core/record-mark.js'
import type { Chance } from './chance.js'
import type { Trouble } from './coordination-log.js'
import type { Timeline } from './timeline.js'

interface OffsetRecord {
  readonly key: string
  readonly connector: string
  readonly mark: TaskMark
  /** Of a fence; then there is no value. */
  readonly fence: FencedTask | undefined
  readonly value: number
}

/** The offsets topic with one partition: every record is judged by the fencing rules, as each reader does it. */
export class OffsetsTopic {
  readonly fence = new TaskFence()
  readonly #accepted = new Map<string, { value: number; epoch: Epoch }>()
  /** What compaction leaves: the last record of each key, in the order of the log. */
  readonly #last = new Map<string, OffsetRecord>()
  accepted = 0
  stale = 0

  constructor(
    readonly timeline: Timeline,
    readonly chance: Chance,
    readonly trouble: (fence: boolean) => Trouble,
    readonly violation: (what: string) => void,
  ) {}

  /** What a reader has for the key; 0 without. */
  value(key: string): number {
    return this.#accepted.get(key)?.value ?? 0
  }

  commit(key: string, connector: string, value: number, mark: TaskMark): void {
    this.#send({ key, connector, mark, value, fence: undefined })
  }

  raise(connector: string, task: FencedTask, mark: TaskMark, landed: () => void): void {
    this.#send({ key: fenceKey(connector, task), connector, mark, value: 0, fence: task }, landed)
  }

  /** R26: at rest the last record of each key is one that counts. */
  get repaired(): boolean {
    return this.fence.stale().length === 0
  }

  /** A key for which one who reads what compaction left comes to another value than those who read all. */
  get misread(): string | undefined {
    const newcomer = new TaskFence()
    for (const { key, connector, mark, value, fence } of this.#last.values()) {
      const verdict = judge(newcomer, { key, connector, mark, value, fence })
      if (fence === undefined && (verdict === 'stale' || value !== this.value(key))) return key
    }
    return undefined
  }

  #send(record: OffsetRecord, landed?: () => void): void {
    const { chance, timeline } = this
    const trouble = this.trouble(record.fence !== undefined)
    let delay = chance.between(1, 20)
    if (chance.happens(trouble.spike)) delay = chance.between(50, 4_000)
    if (chance.happens(trouble.late)) delay = chance.between(2_000, 20_000)
    const land = () => {
      this.#land(record)
      landed?.()
    }
    timeline.after(delay, land)
    if (chance.happens(trouble.duplicate)) timeline.after(delay + chance.between(0, 15_000), land)
  }

  #land(record: OffsetRecord): void {
    const { key, connector, mark, value, fence } = record
    this.#last.delete(key)
    this.#last.set(key, record)
    const before = this.#accepted.get(key)
    const verdict = judge(this.fence, record)
    if (verdict === 'stale') {
      this.stale++
      this.timeline.after(this.chance.between(20, 500), () => this.#repair(key, connector))
    }
    if (verdict !== 'accepted' || fence !== undefined) return
    this.accepted++
    if (before && value < before.value) this.violation(`I2: the offset of ${key} went from ${before.value} to ${value}`)
    if (before && compareEpochs(mark.epoch, before.epoch) < 0) this.violation(`I4: an older epoch wrote ${key}`)
    this.#accepted.set(key, { value, epoch: mark.epoch })
  }

  /** R26: by anybody who sees it. */
  #repair(key: string, connector: string): void {
    const stale = this.fence.stale().find(each => each.key === key)
    if (stale) this.#send({ key, connector, mark: stale.repair, value: this.value(key), fence: stale.fence })
  }
}

function judge(reader: TaskFence, { key, connector, mark, fence }: OffsetRecord): Verdict {
  if (fence !== undefined) return reader.raise(0, connector, mark, fence)
  return reader.judge({ partition: 0, key, connector, mark })
}
