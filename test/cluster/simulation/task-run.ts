import { compareEpochs } from '../../../src/core/epoch.js'
import { isConfirmed, noteFenced, type OwnTask } from '../../../src/cluster/self.js'
import { nobody } from '../../../src/core/record-mark.js'
import type { OffsetsTopic } from './offsets-topic.js'
import type { Process } from './process.js'
import type { Transactions } from './transactions.js'

export interface TaskTopics {
  readonly offsets: OffsetsTopic
  readonly transactions: Transactions
}

/**
 * A source task in its thread: fences what its predecessors may still have under way (R25), reads its offsets, then
 * commits step by step. It looks at the shared lease right before each effect, and may sleep between.
 */
export class TaskRun {
  seq = 0
  #positions = new Map<string, number>()
  #producer = 0
  readonly #keys: string[]

  constructor(
    readonly process: Process,
    readonly own: OwnTask,
    /** The source partitions of its connector, and which of them are its own. */
    readonly partitions: readonly number[],
    readonly exactlyOnce: boolean,
    readonly topics: TaskTopics,
  ) {
    this.#keys = partitions.map(partition => `${own.connector}/${partition}`)
    // the connector's own instance, and a sink's tasks, write no source offsets
    if (partitions.length === 0) return
    if (exactlyOnce) this.#initialise()
    else this.#fence()
  }

  get running(): boolean {
    return this.process.alive && this.process.self.tasks.get(this.own.task) === this.own
  }

  /** Whether it could act at this moment. */
  get active(): boolean {
    return this.running && this.process.held
  }

  #later(low: number, high: number, step: () => void): void {
    const { timeline, chance } = this.process.log
    const run = () => {
      if (!this.running) return
      if (this.process.standsStill) timeline.at(this.process.pausedUntil + chance.between(0, 5), run)
      else step()
    }
    timeline.after(chance.between(low, high), run)
  }

  #fence(): void {
    if (!this.process.held) {
      this.#later(20, 60, () => this.#fence())
      return
    }
    const { connector, number, epoch, since } = this.own
    const { offsets } = this.topics
    const landed = new Set<string>()
    let begun = false
    const read = (fence: string) => {
      landed.add(fence)
      if (landed.size < 2 || begun) return
      begun = true
      this.#later(1, 30, () => {
        const floor = offsets.fence.floor(connector, number)
        if (floor && compareEpochs(floor.epoch, epoch) > 0) {
          noteFenced(this.process.self, this.own.task, epoch)
          return
        }
        for (const key of this.#keys) this.#positions.set(key, offsets.value(key))
        this.#later(10, 200, () => this.#commit())
      })
    }
    offsets.raise(connector, '*', { task: nobody, epoch: since, seq: 0 }, () => read('all'))
    offsets.raise(connector, number, { task: number, epoch, seq: 0 }, () => read('own'))
  }

  #commit(): void {
    if (this.process.held) {
      const key = this.process.log.chance.pick(this.#keys)
      const value = this.#positions.get(key)! + 1
      this.#positions.set(key, value)
      const { connector, number, epoch } = this.own
      this.topics.offsets.commit(key, connector, value, { task: number, epoch, seq: ++this.seq })
    }
    this.#later(100, 600, () => this.#commit())
  }

  get #transactionalId(): string {
    return `${this.own.connector}-${this.own.number}`
  }

  /** Check the lease, initialise, and produce only once a beat sent afterwards has come back. */
  #initialise(): void {
    if (!this.process.held) {
      this.#later(20, 60, () => this.#initialise())
      return
    }
    this.#later(1, 60, () => {
      this.#producer = this.topics.transactions.initialise(this.#transactionalId)
      this.#confirm(this.process.self.beatSeq)
    })
  }

  #confirm(mark: number): void {
    this.#later(10, 40, () => {
      if (!isConfirmed(this.process.self, mark, this.process.reading())) {
        this.#confirm(mark)
        return
      }
      for (const key of this.#keys) this.#positions.set(key, this.topics.transactions.value(key))
      this.#later(10, 100, () => this.#transact())
    })
  }

  #transact(): void {
    if (!this.process.held) {
      this.#later(50, 100, () => this.#transact())
      return
    }
    const { timeline, chance } = this.process.log
    const key = chance.pick(this.#keys)
    const from = this.#positions.get(key)!
    const producer = this.#producer
    const delay = chance.happens(this.topics.offsets.trouble(false).late)
      ? chance.between(2_000, 20_000)
      : chance.between(1, 20)
    timeline.after(delay, () => {
      const done = this.topics.transactions.commit(this.#transactionalId, producer, key, from, from + 1)
      if (done) this.#positions.set(key, from + 1)
      if (!this.running) return
      if (done) this.#later(100, 600, () => this.#transact())
      else this.#initialise()
    })
  }
}
