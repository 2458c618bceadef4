import type { Epoch } from '../core/epoch.js'
import { Trail } from './chain.js'
import type { AssignableTopic } from './sink-assignment.js'
import type { ClusterEvent, CommandId, ReplyEvent, TaskKey } from './events.js'
import type { ClusterState, Command } from './state.js'
import type { TimerSettings } from './timers.js'

/** The node's own clocks, read before anything that is decided by them is sent (R19). Milliseconds. */
export interface Reading {
  /** Stands still while a virtual machine is suspended. Measures other nodes' silence (R18), where running fast would be unsafe. */
  readonly monotonic: number
  /** May step. A lease ends by either clock, so a step can only end it early. */
  readonly wall: number
}

/** Held while both clocks are below: what the threads' shared lease is filled with (§6). */
export interface LeaseDeadline {
  readonly monotonic: number
  readonly wall: number
}

/** Who this node is; fixed while the process lives. */
export interface Identity {
  readonly node: string
  readonly url: string
  readonly release: string
  readonly fingerprint: string
  /** Random, made anew for each process: incarnations are made of it. */
  readonly entropy: string
  readonly timers: TimerSettings
  /** `scheduled.rebalance.max.delay.ms`: the most that an announced return is waited for. */
  readonly maxHold: number
  /** `connect.protocol`. */
  readonly protocol: 'cooperative' | 'eager'
}

/** What the coordinator's surroundings tell it; the actor sets these when they change. */
export interface Surroundings {
  /** The three stores have read their topics to the end. */
  storesReady: boolean
  /** Offset up to which the config store has read. */
  configOffset: number
  /** The highest term that a record in the three stores carries (R16). */
  storesTerm: number
  /** The term whose fence this node has written to the config topic and read back, with all that was before it (R27). */
  fencedTerm: number
  /** What the config topic asks for; the leader makes it so. */
  want: readonly WantedConnector[]
  /** Set once, to leave in order. */
  leaving: { readonly back: number } | undefined
  /** Measured; told to the others where it has changed by a tenth. */
  info: { readonly cpu: number; readonly memory: number; readonly loads: ReadonlyMap<TaskKey, number> } | undefined
  /** For each exactly-once source the generation before which the ids of all former tasks were fenced, once these had stopped. */
  readonly fencedSets: Map<string, number>
  /** Something needs a new epoch that no task has (offsets altered by an operator): the leader applies an empty assign. */
  epochWanted: boolean
}

export interface WantedConnector {
  readonly name: string
  /**
   * Offset in the config topic of the record that made this set of tasks. Another one: no task of the old set runs beside
   * one of the new.
   */
  readonly generation: number
  /** Tasks beside the connector instance. 0 for a STOPPED connector. */
  readonly taskCount: number
  /** Of a sink; empty for a source. */
  readonly topics: readonly AssignableTopic[]
  /** A source whose transactional ids must all be fenced before a new set of tasks is granted. */
  readonly exactlyOnce: boolean
}

/** A task that this node was told to start and that has not reported its end. */
export interface OwnTask {
  readonly task: TaskKey
  readonly connector: string
  readonly number: number
  readonly epoch: Epoch
  /** Of the set of tasks that it is one of: the floor for the whole connector (R25). */
  readonly since: Epoch
  stopping: boolean
  /** What it writes is ignored: a later epoch is in the stores. */
  fenced: boolean
}

/** `moved`: another has it or shall have it, or nobody; `gone`: this node is no member any more; `leaving`: it is about to leave; `fenced`: see `noteFenced`. */
export type StopReason = 'moved' | 'gone' | 'leaving' | 'fenced'

/** Why a node leaves of itself: it exits where others have its place, else it joins anew. */
export type LeaveReason = 'late' | 'outdated' | 'superseded' | 'foreign' | 'powerless'

export type ExitReason = 'superseded' | 'foreign' | 'left'

/** What the actor shall do, in this order. */
export type Action =
  | { readonly type: 'send'; readonly event: ClusterEvent }
  /** Start it under this epoch: fence its offsets first (R25), then read them. Its thread checks the lease itself. */
  | { readonly type: 'start'; readonly task: OwnTask }
  /** Stop it within the graceful time, else end its thread; then call `noteStopped`. */
  | { readonly type: 'stop'; readonly task: OwnTask; readonly reason: StopReason }
  /** Put it where the threads look. A deadline in the past where there is none. */
  | { readonly type: 'lease'; readonly lease: LeaseDeadline }
  /** Fence the config topic with the term (R27) and read it to the end; then set `fencedTerm`. */
  | { readonly type: 'takeover'; readonly term: number }
  /**
   * No task of this connector runs: fence the transactional ids of all its former tasks, and write the new count of tasks;
   * then put the generation into `fencedSets`. Once for each term and generation.
   */
  | { readonly type: 'fence'; readonly connector: string; readonly generation: number }
  /** Execute it in order, after the ones before; then call `noteReply`. Once for each term and command. */
  | { readonly type: 'execute'; readonly command: Command; readonly term: number }
  /**
   * The state is not to be trusted any more. `adopt` the older one and fold from `from`, where it is still in the log; in all
   * other cases bootstrap.
   */
  | { readonly type: 'reload'; readonly older: { readonly state: ClusterState; readonly from: number } | undefined }
  /** This process has no place in the cluster any more; nothing runs here. */
  | { readonly type: 'exit'; readonly reason: ExitReason }

/** What a node knows of itself. `decide`, `observe` and the `note…` functions change it in place. */
export interface Self {
  readonly identity: Identity
  readonly around: Surroundings
  /** Joins so far. */
  joins: number
  incarnation: string
  /** This node's member id, 0 until its join has been read back. */
  id: number
  joinSentAt: number
  /** Beats sent and not read back: seq → clocks before sending (R19). */
  readonly beats: Map<number, Reading>
  beatSeq: number
  beatSentAt: number
  /** Whether the last one said that this node is ready. */
  beatReady: boolean
  /** The largest ttl announced in this incarnation; the fold counts no smaller one (R6). */
  ttl: number
  lease: LeaseDeadline
  /** The beat that gave it; 0 while there was none since joining. */
  leaseSeq: number
  /** What the actor was last told. */
  leaseTold: LeaseDeadline
  /** Own beats that came back too late to give a lease: the first and the last since one came back in time (R17). */
  lateSince: number | undefined
  lateUntil: number
  readonly tasks: Map<TaskKey, OwnTask>
  /** The last epoch started per task: none is started twice. */
  readonly started: Map<TaskKey, Epoch>
  readonly releasedSentAt: Map<TaskKey, number>
  /** When this node last folded an accepted beat of each member, by its monotonic clock (R18); 0 for the time it got its state. */
  readonly seen: Map<number, number>
  stateSince: number
  /** When the last record was folded. */
  readAt: number
  leaderlessSince: number | undefined
  claimSentAt: number
  leaveSentAt: number | undefined
  /** Why it leaves, beside what `around.leaving` says; it joins anew after `late`. */
  leaveReason: LeaveReason | undefined
  infoSentAt: number
  infoSent: Surroundings['info']
  leader: LeaderDuties
  /** Chain values of its own fold (§9). */
  readonly trail: Trail
  /**
   * What was read is not what the log holds: another node came to other values. Set by the actor where its position is
   * behind the log's end.
   */
  diverged: boolean
  reloadedAt: number
  /** From this offset on others' trails count: what is below has been folded anew since. */
  trustFrom: number
  /** Own states of some time ago, oldest first: what a lost suffix of the log had not touched yet. */
  readonly checkpoints: { readonly bytes: Uint8Array; readonly at: number }[]
  /** No grants before this, after the log has lost what this node had read (§9). */
  grantsFrom: number
}

/** Of the current term only. */
export interface LeaderDuties {
  term: number
  takeoverTerm: number
  /** The one assign under way: the same bytes again until it is read back. */
  assign: { readonly event: ClusterEvent & { readonly type: 'assign' }; sentAt: number } | undefined
  /** Whose turn it was: assigns of definitions and of placement alternate. */
  turn: 'define' | 'place'
  snapSentAt: number
  /** Whether the first snapshot of this term has been sent. */
  snapped: boolean
  /** Nothing was to be done in this state of things; looked at again when it changes. */
  idle: { readonly changes: number; readonly version: number; readonly want: readonly WantedConnector[] } | undefined
  /** Commands given to the actor in this term, and the answers it gave. */
  readonly executing: Set<string>
  /** Generation asked to be fenced, by connector. */
  readonly fencing: Map<string, number>
  readonly replies: Map<string, { readonly event: ReplyEvent; sentAt: number }>
  /** Epoch of the last empty assign that came back. */
  epoch: Epoch | undefined
}

export const noLease: LeaseDeadline = { monotonic: -Infinity, wall: -Infinity }

/** Of a process that has not joined. */
export function newSelf(identity: Identity, now: Reading): Self {
  const never = -Infinity
  return {
    identity,
    around: {
      storesReady: false,
      configOffset: -1,
      storesTerm: 0,
      fencedTerm: 0,
      want: [],
      leaving: undefined,
      info: undefined,
      fencedSets: new Map(),
      epochWanted: false,
    },
    joins: 0,
    incarnation: '',
    id: 0,
    joinSentAt: never,
    beats: new Map(),
    beatSeq: 0,
    beatSentAt: never,
    beatReady: false,
    ttl: 0,
    lease: noLease,
    leaseSeq: 0,
    leaseTold: noLease,
    lateSince: undefined,
    lateUntil: never,
    tasks: new Map(),
    started: new Map(),
    releasedSentAt: new Map(),
    seen: new Map(),
    stateSince: now.monotonic,
    readAt: now.monotonic,
    leaderlessSince: undefined,
    claimSentAt: never,
    leaveSentAt: undefined,
    leaveReason: undefined,
    infoSentAt: never,
    infoSent: undefined,
    leader: noDuties(),
    trail: new Trail(),
    diverged: false,
    reloadedAt: never,
    trustFrom: Infinity,
    checkpoints: [],
    grantsFrom: never,
  }
}

/** Of a term that has just begun. */
export function noDuties(term = 0): LeaderDuties {
  return {
    term,
    takeoverTerm: 0,
    assign: undefined,
    turn: 'place',
    snapSentAt: -Infinity,
    snapped: false,
    idle: undefined,
    executing: new Set(),
    fencing: new Map(),
    replies: new Map(),
    epoch: undefined,
  }
}

/** I3: whether a lease runs by both clocks. */
export function leaseHeld(lease: LeaseDeadline, now: Reading): boolean {
  return now.monotonic < lease.monotonic && now.wall < lease.wall
}

/**
 * Exactly once, §8: a task may produce after it has initialised its transactions only if a beat sent afterwards has come
 * back. `mark` is `self.beatSeq` when they were initialised; the task must still be in `self.tasks`.
 */
export function isConfirmed(self: Self, mark: number, now: Reading): boolean {
  return self.leaseSeq > mark && leaseHeld(self.lease, now)
}

/** The actor, as leader, says: the config topic could not be fenced with this term. Another shall lead; this node joins anew. */
export function noteTakeoverFailed(self: Self, term: number): void {
  if (self.leader.term === term) self.leaveReason ??= 'powerless'
}

/** The actor says: this task has ended and its thread can do nothing more. */
export function noteStopped(self: Self, task: TaskKey, epoch: Epoch): void {
  const own = self.tasks.get(task)
  if (own && own.epoch.term === epoch.term && own.epoch.offset === epoch.offset) self.tasks.delete(task)
}

/**
 * The actor says: the task's own fence was ignored when it came back (R25), though the state names this node. That is left of
 * grants which the log has lost (§9). The task stops and is given back, until it is granted under a later epoch.
 */
export function noteFenced(self: Self, task: TaskKey, epoch: Epoch): void {
  const own = self.tasks.get(task)
  if (own && own.epoch.term === epoch.term && own.epoch.offset === epoch.offset) own.fenced = true
}

/** The actor, as leader, says: this command's effect has been read back, or it was refused (R29). Sent until the command is gone. */
export function noteReply(
  self: Self,
  term: number,
  id: CommandId,
  reply: Omit<ReplyEvent, 'type' | 'term' | 'id'>,
): void {
  if (self.leader.term !== term) return
  self.leader.replies.set(`${id.member}-${id.seq}`, { event: { type: 'reply', term, id, ...reply }, sentAt: -Infinity })
}
