import type { ClusterRecord } from './events.js'
import type { ClusterState } from './state.js'

/** What a change was of; mixed into the chain value. */
export const change = { joined: 1, removed: 2, term: 3, owner: 4, defined: 5, vanished: 6, found: 7, ready: 8 } as const

/**
 * Adds a record to the chain value, whatever it means: two nodes that have read different records come to different values
 * (§9), also where only beats were lost, which move log time.
 */
export function link(state: ClusterState, { timestamp, event }: ClusterRecord): void {
  const member = event && 'member' in event ? event.member : 0
  const seq = event && 'seq' in event ? event.seq : 0
  add(state, timestamp % 2 ** 32, member, seq)
}

/** Adds a change that a record made: two nodes that fold the same records differently are found out as well. */
export function touch(state: ClusterState, what: number, a: number, b = 0): void {
  state.derived.changes++
  add(state, what, a, b)
}

/** A sum, so that the order of changes within one record does not count. */
function add(state: ClusterState, what: number, a: number, b: number): void {
  let hash = 0x9747b28c
  for (const word of [state.offset, what, a, a / 2 ** 32, b]) {
    hash = Math.imul(hash ^ word, 0x5bd1e995)
    hash ^= hash >>> 15
  }
  state.chain = (state.chain + Math.imul(hash, 0x2c1b3c6d)) | 0
}

/** Offsets that a trail goes back. */
const trailSize = 8_192

/** The chain values at the last offsets that a node has folded, to be compared with others'. */
export class Trail {
  readonly #offsets = new Float64Array(trailSize).fill(-1)
  readonly #chains = new Int32Array(trailSize)

  note({ offset, chain }: ClusterState): void {
    const place = Math.max(offset, 0) % trailSize
    this.#offsets[place] = offset
    this.#chains[place] = chain
  }

  /** Undefined where this node has not folded that record, or long ago. */
  at(offset: number): number | undefined {
    const place = Math.max(offset, 0) % trailSize
    return this.#offsets[place] === offset ? this.#chains[place] : undefined
  }

  clear(): void {
    this.#offsets.fill(-1)
  }
}
