import { areConcurrent, type SupervisionPolicy } from './spec.js'
import type { ChildState, Decision, SupervisionInput, SupervisionState } from './supervision-state.js'
import { nextDue, supervise } from './supervision.js'

/**
 * What a supervisor knows of its children from step to step. Concurrent children know nothing of each other, so a step is
 * given the one that it is about: copying its siblings would make a thousand of them a thousand times as slow.
 */
export class Supervised {
  readonly #policy: SupervisionPolicy
  readonly #children = new Map<string, ChildState>()
  /** Those that start when their back-off ends, or at once. */
  readonly #waiting = new Set<string>()
  #charges: readonly number[] = []
  #closing = false

  constructor(policy: SupervisionPolicy) {
    this.#policy = policy
  }

  get closing(): boolean {
    return this.#closing
  }

  /** In their order. */
  get children(): Iterable<ChildState> {
    return this.#children.values()
  }

  take(input: SupervisionInput, now: number, random: number): readonly Decision[] {
    const id = 'rules' in input ? input.rules.id : 'id' in input ? input.id : undefined
    if (id !== undefined && areConcurrent(this.#policy)) {
      const known = this.#children.get(id)
      const { state, decisions } = supervise(this.#stateOf(known ? [known] : []), input, now, random)
      // Where its end is the end of all, all have to be looked at.
      if (state.closing === this.#closing) {
        this.#charges = state.charges
        this.#put(id, state.children[0])
        return decisions
      }
    }
    const { state, decisions } = supervise(this.#stateOf([...this.#children.values()]), input, now, random)
    this.#charges = state.charges
    this.#closing = state.closing
    const before = [...this.#children.keys()]
    for (const child of state.children) this.#put(child.rules.id, child)
    if (this.#children.size > state.children.length) {
      const left = new Set(state.children.map(child => child.rules.id))
      for (const gone of before) if (!left.has(gone)) this.#put(gone, undefined)
    }
    return decisions
  }

  /** The time for `due`; `decidedAt` is that of the last step. */
  nextDue(decidedAt: number): number | undefined {
    return nextDue(this.#stateOf([...this.#waiting].map(id => this.#children.get(id)!)), decidedAt)
  }

  #put(id: string, child: ChildState | undefined): void {
    if (child === undefined) this.#children.delete(id)
    else this.#children.set(id, child)
    if (child?.phase === 'down' && child.goal === 'up') this.#waiting.add(id)
    else this.#waiting.delete(id)
  }

  #stateOf(children: readonly ChildState[]): SupervisionState {
    return { policy: this.#policy, children, charges: this.#charges, closing: this.#closing }
  }
}
