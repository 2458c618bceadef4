import type { ActorSnapshot } from '../../src/actor/snapshot.js'
import { workSupervisorId } from '../engine.js'

export interface ActorSummary {
  readonly actor: string
  readonly mailbox: number
  readonly oldestMs: number
  readonly undelivered: number
  readonly restarts: number
}

/** Of a connector or task; names may hold anything, line ends too. */
const workPath = new RegExp(`^(?<parent>.*/${workSupervisorId})/(?<kind>connector|task)/.*$`, 's')

/** Each part of the node by its path; connectors and tasks, of which there may be thousands, as one each. */
export function actorSummaries(tree: readonly ActorSnapshot[]): readonly ActorSummary[] {
  const sums = new Map<string, ActorSummary>()
  const visit = (at: ActorSnapshot): void => {
    const actor = at.path.replace(workPath, '$<parent>/$<kind>')
    const sum = sums.get(actor)
    sums.set(actor, {
      actor,
      mailbox: (sum?.mailbox ?? 0) + at.control.depth + at.data.depth,
      oldestMs: Math.max(sum?.oldestMs ?? 0, at.control.oldestMs, at.data.oldestMs),
      undelivered: (sum?.undelivered ?? 0) + at.undelivered,
      restarts: (sum?.restarts ?? 0) + at.restarts,
    })
    at.children.forEach(visit)
  }
  tree.forEach(visit)
  return [...sums.values()]
}
