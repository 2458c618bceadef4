import type { AssignOp } from './events.js'
import { balance } from './balance.js'
import { redeal } from './eager.js'
import { place } from './place.js'
import { reconcile } from './reconcile.js'
import type { WantedConnector } from './self.js'
import { crowdIsOver } from './crowd.js'
import type { ClusterState, Task } from './state.js'

export interface PlanOptions {
  /** R18: whether the lease of a lost task's former owner is over. */
  readonly safe: (lost: NonNullable<Task['lost']>) => boolean
  /** Log time as far as it is known. */
  readonly time: number
  /** What the last assign was: definitions and placement alternate, so that neither starves the other. */
  readonly after: 'define' | 'place'
  readonly protocol: 'cooperative' | 'eager'
  /** Generations before which the transactional ids of former tasks have been fenced. */
  readonly fencedSets: ReadonlyMap<string, number>
}

export interface Plan {
  readonly ops: readonly AssignOp[]
  readonly turn: 'define' | 'place'
  /** Exactly-once sources whose former tasks have all stopped: to be fenced before the new ones are defined. */
  readonly fence: readonly WantedConnector[]
  /** Nothing to do, and nothing that time alone would bring. */
  readonly idle: boolean
}

/** The leader's next assign. */
export function plan(state: ClusterState, want: readonly WantedConnector[], options: PlanOptions): Plan {
  const fence: WantedConnector[] = []
  const definitions = () => reconcile(state, want, options, fence)
  const placement = () => (options.protocol === 'eager' ? redeal(state, options) : cooperate(state, options))
  const turns = [
    { turn: 'define', make: definitions },
    { turn: 'place', make: placement },
  ] as const
  const order = options.after === 'define' ? turns.toReversed() : turns
  for (const { turn, make } of order) {
    const ops = make()
    if (ops.length > 0) return { ops, turn, fence, idle: false }
  }
  const waiting = [...state.tasks.values()].some(task => task.owner === 0)
  const idle = !waiting && fence.length === 0 && crowdIsOver(state, options.time)
  return { ops: [], turn: options.after, fence, idle }
}

/** Free tasks first; the load is balanced only when there are none. */
function cooperate(state: ClusterState, options: PlanOptions): AssignOp[] {
  if (!crowdIsOver(state, options.time)) return []
  const free = [...state.tasks.values()].filter(task => task.owner === 0 && !task.drop)
  return free.length > 0 ? place(state, free, options) : balance(state)
}
