import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../ports/clock.js'
import type { Lease } from '../../ports/lease.js'

/**
 * A node's lease in memory that all its threads share: the coordinator on the main thread writes it, and each thread looks
 * itself right before a side effect, since threads run on while the main thread hangs (cluster protocol §6).
 */
export type SharedLease = SharedArrayBuffer

/** Held while both clocks are below. Milliseconds. */
export interface LeaseDeadlines {
  readonly monotonic: number
  readonly wall: number
}

/** How often a thread that waits looks again. */
const lookMs = 20

/** A lease that is over. */
export function createSharedLease(): SharedLease {
  const shared = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)
  writeLease(shared, { monotonic: -Infinity, wall: -Infinity })
  return shared
}

/** Called by one thread only. */
export function writeLease(shared: SharedLease, { monotonic, wall }: LeaseDeadlines): void {
  const cells = new Float64Array(shared)
  // A reader between the two writes sees one new and one old deadline, and the older of the two ends the lease.
  cells[0] = monotonic
  cells[1] = wall
}

/**
 * Read by any thread. A monotonic clock stands still while a virtual machine is suspended, and the wall clock may step: a
 * lease ends by whichever is first, so a step can only end it early.
 */
export function readSharedLease(shared: SharedLease, clock: Clock): Lease {
  const cells = new Float64Array(shared)
  const held = (): boolean => clock.now() < cells[0]! && clock.wallTime() < cells[1]!
  return {
    held,
    async whenHeld(signal) {
      while (!held() && !signal.aborted) await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    },
  }
}
