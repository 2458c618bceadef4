import type { PartitionLog } from './partition-log.js'

export interface Waiter {
  readonly partitions: readonly number[]
  wake(): void
}

/** Readers that wait for partitions to change. Each is woken once and then forgotten. */
export class WaitList {
  readonly #byPartition = new Map<number, Set<Waiter>>()

  add(waiter: Waiter): void {
    for (const number of waiter.partitions) {
      const waiters = this.#byPartition.get(number)
      if (waiters === undefined) this.#byPartition.set(number, new Set([waiter]))
      else waiters.add(waiter)
    }
  }

  remove(waiter: Waiter): void {
    for (const number of waiter.partitions) {
      const waiters = this.#byPartition.get(number)
      waiters?.delete(waiter)
      if (waiters?.size === 0) this.#byPartition.delete(number)
    }
  }

  changed(log: PartitionLog): void {
    for (const waiter of this.#byPartition.get(log.number) ?? []) {
      this.remove(waiter)
      waiter.wake()
    }
  }
}
