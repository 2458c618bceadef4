import { compareEpochs, type Epoch } from '../core/epoch.js'
import { MillraceError } from '../core/error.js'
import { fenceKey, type FencedTask } from '../core/fence.js'
import { compareStamps, encodeTaskMark, nobody, type Stamp } from '../core/record-mark.js'
import { fenceValue } from './offset-fold.js'
import type { StateRecord } from './state-topic.js'

/** Who is to be fenced: a task that got a new owner or begins anew, or all tasks of a new generation. */
export interface FenceOrder {
  readonly connector: string
  readonly task: FencedTask
  /** The grant's; of `*`, one that is not above any grant of the new generation (the record that defined its tasks). */
  readonly epoch: Epoch
}

/** The offsets topic, as fencing needs it. */
export interface FencedTopic {
  partitions(): number
  readToEnd(): Promise<void>
  /** Resolves when they have been read back. */
  write(records: readonly StateRecord[]): Promise<void>
  /** The highest stamp that is known to fence the task. */
  floor(connector: string, task: FencedTask): Stamp | undefined
}

interface Waiting {
  readonly orders: readonly FenceOrder[]
  readonly settle: { resolve(stamps: readonly Stamp[]): void; reject(error: unknown): void }
}

/** What one run of a task may count up to under its grant, before its next run's marks begin. */
const runLength = 2 ** 32

/**
 * R25: writes a fence for each order to every partition, and reads it back. Tasks that start together, as after a failover,
 * are fenced together: while one append is under way, whoever asks waits for the next.
 */
export class FenceRounds {
  readonly #topic: FencedTopic
  #waiting: Waiting[] = []
  #running = false

  constructor(topic: FencedTopic) {
    this.#topic = topic
  }

  /** Gives each order's stamp, which its task's marks go on from. Fails with `stores.fenced` where a newer owner was faster. */
  fence(orders: readonly FenceOrder[]): Promise<readonly Stamp[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ orders, settle: { resolve, reject } })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    // Who asks in the same step goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const round = this.#takeRound()
      try {
        await this.#fenceTogether(round)
      } catch (error) {
        // Those that were settled before stay so.
        for (const waiting of round) waiting.settle.reject(error)
      }
    }
    this.#running = false
  }

  /** A task that is fenced twice is fenced in two rounds: the second run's marks begin above the first's. */
  #takeRound(): readonly Waiting[] {
    const tasks = new Set<string>()
    const round: Waiting[] = []
    const later: Waiting[] = []
    for (const waiting of this.#waiting) {
      const keys = waiting.orders.filter(of => of.task !== '*').map(of => fenceKey(of.connector, of.task))
      if (keys.some(key => tasks.has(key))) later.push(waiting)
      else {
        round.push(waiting)
        for (const key of keys) tasks.add(key)
      }
    }
    this.#waiting = later
    return round
  }

  async #fenceTogether(round: readonly Waiting[]): Promise<void> {
    await this.#topic.readToEnd()
    const stamped = round.flatMap(waiting => {
      try {
        return [{ ...waiting, stamps: waiting.orders.map(order => this.#nextRun(order)) }]
      } catch (error) {
        waiting.settle.reject(error)
        return []
      }
    })
    const records = new Map<string, StateRecord>()
    for (const { orders, stamps } of stamped) {
      orders.forEach(({ connector, task }, index) => {
        const mark = encodeTaskMark({ ...stamps[index]!, task: task === '*' ? nobody : task })
        const key = fenceKey(connector, task)
        // The tasks of one set all fence the set before it.
        records.set(`${key} ${mark}`, { key, value: fenceValue, mark })
      })
    }
    const everywhere = Array.from({ length: this.#topic.partitions() }, (_, partition) =>
      [...records.values()].map(record => ({ ...record, partition })),
    )
    await this.#topic.write(everywhere.flat())
    for (const { orders, stamps, settle } of stamped) {
      try {
        orders.forEach((order, index) => this.checkFloor(order, stamps[index]!))
        settle.resolve(stamps)
      } catch (error) {
        settle.reject(error)
      }
    }
  }

  #nextRun(order: FenceOrder): Stamp {
    const { connector, task, epoch } = order
    this.checkFloor(order, { epoch, seq: Infinity })
    const floor = this.#topic.floor(connector, task)
    const again = task !== '*' && floor !== undefined && compareEpochs(floor.epoch, epoch) === 0
    return { epoch, seq: again ? (Math.floor(floor.seq / runLength) + 1) * runLength : 0 }
  }

  /** Fails with `stores.fenced` where a fence is known that is above the stamp. */
  checkFloor(order: FenceOrder, stamp: Stamp): void {
    for (const task of [order.task, '*'] as const) {
      const floor = this.#topic.floor(order.connector, task)
      if (floor !== undefined && compareStamps(floor, stamp) > 0) throw fenced(order)
    }
  }
}

function fenced({ connector, task }: FenceOrder): MillraceError {
  const what = task === '*' ? `the tasks of connector ${connector}` : `task ${connector}-${task}`
  return new MillraceError('stores.fenced', `A newer owner has fenced ${what}.`, {
    hint: 'Leave it to the newer one; nothing that this one writes counts.',
  })
}
