import type { Verdict } from './fence.js'
import type { LeaderMark } from './record-mark.js'

/** The key of the record with which a leader begins its term in the config topic; its value says which term, of which cluster. */
export const leaderKey = 'millrace-leader'

const maxCommands = 10_000

/**
 * Rules R27, R28 and R30 for the config topic: which records count, by their marks alone. To be asked about each record
 * once, in order. A leader begins its term with a record under `leaderKey`, and what an older one writes from then on is
 * ignored by all.
 */
export class LeaderFence {
  #term = 0
  #seq = -1
  /** R30, oldest first: only the last of them can still come again, since commands expire. */
  readonly #commands = new Set<string>()
  readonly #stale = new Set<string>()

  /** The highest term in the topic (R16). */
  get term(): number {
    return this.#term
  }

  /** Whether what this command asks for is in the topic (R30). */
  knows(command: string): boolean {
    return this.#commands.has(command)
  }

  judge(key: string, mark: LeaderMark | undefined): Verdict {
    if (mark === undefined) {
      this.#stale.delete(key)
      return 'accepted'
    }
    const order = mark.term - this.#term || mark.seq - this.#seq
    if (order < 0) {
      this.#stale.add(key)
      return 'stale'
    }
    this.#stale.delete(key)
    if (order === 0) return 'repeated'
    this.#term = mark.term
    this.#seq = mark.seq
    if (mark.command !== null) this.#remember(mark.command)
    return 'accepted'
  }

  /** Keys whose newest record is an ignored one, which compaction would keep: the leader writes the good value again. */
  stale(): string[] {
    return [...this.#stale]
  }

  /** Nothing counts under this key any more, so what is the newest of it does no harm. */
  letBe(key: string): void {
    this.#stale.delete(key)
  }

  #remember(command: string): void {
    this.#commands.add(command)
    if (this.#commands.size > maxCommands) {
      const [oldest] = this.#commands
      this.#commands.delete(oldest!)
    }
  }
}
