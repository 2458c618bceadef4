import { dispositionOf } from '../core/error.js'
import type { StateRecord } from './state-topic.js'

/** Writes records in order; gives for each partition the offset to have read to see them. */
export type AppendRecords = (records: readonly StateRecord[]) => Promise<readonly number[]>

interface Waiting {
  readonly records: readonly StateRecord[]
  resolve(until: readonly number[]): void
  reject(error: unknown): void
}

/**
 * Writes of many as few appends: while one is under way, whoever writes waits for the next, in order. Statuses of tasks that
 * start together are one request then, not one each.
 */
export class AppendRounds {
  readonly #append: AppendRecords
  #waiting: Waiting[] = []
  #running = false

  constructor(append: AppendRecords) {
    this.#append = append
  }

  /** Resolves when the records are durable. Fails as an append of these alone does. */
  append(records: readonly StateRecord[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    // Who writes in the same step goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      await this.#write(round)
    }
    this.#running = false
  }

  async #write(round: readonly Waiting[]): Promise<void> {
    try {
      const until = await this.#append(round.flatMap(({ records }) => records))
      for (const waiting of round) waiting.resolve(until)
    } catch (error) {
      // What is refused for good is one writer's, not its neighbours'.
      if (round.length > 1 && dispositionOf(error) !== 'retry') for (const alone of round) await this.#write([alone])
      else for (const waiting of round) waiting.reject(error)
    }
  }
}
