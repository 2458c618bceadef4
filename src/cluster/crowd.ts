import type { ClusterState } from './state.js'
import { pace } from './timers.js'

/** Nodes that come or go together are taken as one, so that tasks move once. Who is alone waits for nobody. */
export function crowdIsOver(state: ClusterState, time: number): boolean {
  return state.members.size === 1 || time - state.changed >= pace.crowd || time - state.crowd >= pace.crowdEnd
}
