import { compareEpochs, type Epoch } from '../core/epoch.js'
import type { AssignEvent, BeatEvent, ClaimEvent, FoundEvent, JoinEvent, ReleasedEvent } from './events.js'
import { mayOwn, type ClusterState, type Member, type Task } from './state.js'
import { protocol } from './timers.js'

/**
 * The rules of the fold that each close a hole (cluster protocol §4 and §14), by name, so that a test can take one out and
 * show the history that then turns bad.
 */
export interface FoldRules {
  /** R1: what a gap between two time stamps adds to log time. */
  elapsed(gap: number): number
  /** R2: for how long nobody dies after this gap. */
  grace(gap: number): number
  /** R3: a late duplicate of a live member's join makes no second member. */
  joinIsKnown(state: ClusterState, event: JoinEvent): boolean
  /** R4: who returns under the same name need not wait for its former self to be given up. */
  supersedes(younger: Member, older: Member): boolean
  /** R5: whom a beat renews; never one that was removed. */
  renewedBy(state: ClusterState, event: BeatEvent): Member | undefined
  /** R6: a lease may still count by the longest ttl that was announced. */
  ttlAfter(member: Member, announced: number): number
  /** R7: a live leader is never deposed. */
  mayClaim(state: ClusterState, event: ClaimEvent): boolean
  /** R8: only the leader of the term assigns. */
  fromLeader(state: ClusterState, event: AssignEvent): boolean
  /** R9: what was decided on an older state is void. */
  inSequence(state: ClusterState, event: AssignEvent): boolean
  /** R10: each op again, against the state it meets. */
  mayGrant(task: Task): boolean
  mayMove(task: Task, epoch: Epoch): boolean
  /** R11: who may be given a task. */
  mayOwn(member: Member | undefined): boolean
  /** R12: a release of an earlier grant frees nothing. */
  releases(task: Task, event: ReleasedEvent, epoch: Epoch): boolean
  /** R13: nothing lies between what the founder read and its word. */
  mayFind(state: ClusterState, event: FoundEvent): boolean
}

export const foldRules: FoldRules = {
  elapsed: gap => Math.min(Math.max(gap, 0), protocol.step),
  grace: gap => (gap > protocol.stall ? Math.min(protocol.grace, 2 * gap) : 0),
  joinIsKnown: (state, event) => state.derived.incarnations.has(event.incarnation),
  supersedes: (younger, older) => older.node === younger.node && older.id < younger.id,
  renewedBy: (state, event) => state.members.get(event.member),
  ttlAfter: (member, announced) => Math.max(member.ttl, announced),
  mayClaim: (state, event) => state.leader === 0 && event.term > state.term,
  fromLeader: (state, event) => event.term === state.term && event.member === state.leader,
  inSequence: (state, event) => event.version === state.version + 1,
  mayGrant: task => task.owner === 0 && !task.drop,
  mayMove: (task, epoch) => task.owner !== 0 && !task.drop && compareEpochs(task.epoch, epoch) === 0,
  mayOwn,
  releases: (task, event, epoch) => task.owner === event.member && compareEpochs(task.epoch, epoch) === 0,
  mayFind: (state, event) => event.end > state.lastReal,
}
