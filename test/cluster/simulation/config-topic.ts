import { LeaderFence, leaderKey } from '../../../src/core/leader-fence.js'
import type { LeaderMark } from '../../../src/core/record-mark.js'
import type { Chance } from './chance.js'
import type { Trouble } from './coordination-log.js'
import type { Timeline } from './timeline.js'

export interface ConfigRecord {
  readonly key: string
  /** A counter: each command adds one to it, so what was decided on an old state shows. */
  readonly value: number
  readonly mark: LeaderMark
}

/** The config topic, and one reader that watches over what all readers accept. */
export class ConfigTopic {
  readonly records: ConfigRecord[] = []
  readonly audit: ConfigReader
  /** How often the effect of each command counts. */
  readonly applied = new Map<string, number>()

  constructor(
    readonly timeline: Timeline,
    readonly chance: Chance,
    readonly trouble: () => Trouble,
    readonly violation: (what: string) => void,
  ) {
    this.audit = new ConfigReader(this)
  }

  append(record: ConfigRecord): void {
    const { chance, timeline } = this
    const trouble = this.trouble()
    let delay = chance.between(1, 20)
    if (chance.happens(trouble.spike)) delay = chance.between(50, 4_000)
    if (chance.happens(trouble.late)) delay = chance.between(2_000, 20_000)
    timeline.after(delay, () => this.land(record))
    if (chance.happens(trouble.duplicate)) timeline.after(delay + chance.between(0, 15_000), () => this.land(record))
  }

  land(record: ConfigRecord): void {
    this.records.push(record)
    const before = this.audit.values.get(record.key) ?? 0
    const [verdict] = this.audit.read()
    const { key, value, mark } = record
    if (verdict !== 'accepted' || key === leaderKey) return
    const expected = mark.command === null ? before : before + 1
    if (value !== expected) this.violation(`${key} was ${before}, and ${mark.command ?? 'a repair'} made it ${value}`)
    if (mark.command === null) return
    const times = (this.applied.get(mark.command) ?? 0) + 1
    this.applied.set(mark.command, times)
    if (times > 1) this.violation(`command ${mark.command} was applied ${times} times`)
  }

  /** A key that one who reads what compaction left reads differently. */
  get misread(): string | undefined {
    const last = new Map<string, ConfigRecord>()
    for (const record of this.records) {
      last.delete(record.key)
      last.set(record.key, record)
    }
    const fence = new LeaderFence()
    for (const { key, value, mark } of last.values())
      if (fence.judge(key, mark) === 'stale' || (key !== leaderKey && this.audit.values.get(key) !== value)) return key
    return undefined
  }
}

/** A node's config store: what it has read so far, by the fencing rules. */
export class ConfigReader {
  readonly fence = new LeaderFence()
  readonly values = new Map<string, number>()
  /** The last that counts, in the term of the fence. */
  seq = -1
  #position = 0

  constructor(readonly topic: ConfigTopic) {}

  /** Reads to the end; the verdicts of what was new. */
  read(): string[] {
    const verdicts: string[] = []
    for (; this.#position < this.topic.records.length; this.#position++) {
      const { key, value, mark } = this.topic.records[this.#position]!
      const verdict = this.fence.judge(key, mark)
      if (verdict === 'accepted') {
        this.values.set(key, value)
        this.seq = mark.seq
      }
      verdicts.push(verdict)
    }
    return verdicts
  }
}
