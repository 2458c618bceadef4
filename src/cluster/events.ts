import type { Epoch } from '../core/epoch.js'
import type { AssignableTopic } from './sink-assignment.js'

/**
 * The records of the coordination topic (cluster protocol §3). Times are milliseconds; a member's id is the offset of its
 * join + 1, so 0 means nobody.
 */
export type ClusterEvent =
  | JoinEvent
  | BeatEvent
  | InfoEvent
  | LeaveEvent
  | ClaimEvent
  | AssignEvent
  | ReleasedEvent
  | CommandEvent
  | ReplyEvent
  | SnapEvent
  | { readonly type: 'need' }
  | FoundEvent

/** One record as it was read: `timestamp` is the broker's append time. */
export interface ClusterRecord {
  readonly offset: number
  readonly timestamp: number
  /** Undefined for one that this release does not know or that is malformed: it only moves log time. */
  readonly event: ClusterEvent | undefined
}

export interface JoinEvent {
  readonly type: 'join'
  /** Made anew for each join of each process. */
  readonly incarnation: string
  /** `node.name`. */
  readonly node: string
  readonly url: string
  readonly release: string
  readonly ttl: number
  /** Of `group.id` and the three store topics: two clusters told to share a coordination topic differ here. */
  readonly fingerprint: string
}

export interface BeatEvent {
  readonly type: 'beat'
  readonly member: number
  readonly seq: number
  readonly ttl: number
  readonly ready: boolean
  /** What the sender's fold came to, to be compared (§9): the offset of the last record it had folded, and the chain value there. */
  readonly trail?: { readonly offset: number; readonly chain: number }
  /** The leader's only: where the last whole snapshot begins. */
  readonly snapOffset?: number
}

export interface InfoEvent {
  readonly type: 'info'
  readonly member: number
  /** Measured load per owned task, in thousandths of a core. */
  readonly loads: readonly (readonly [task: TaskKey, load: number])[]
  /** Thousandths of a core. */
  readonly cpu: number
  /** Bytes. */
  readonly memory: number
}

export interface LeaveEvent {
  readonly type: 'leave'
  readonly member: number
  /** The node promises to be back within this time; 0 hands its tasks over at once. */
  readonly back: number
}

export interface ClaimEvent {
  readonly type: 'claim'
  readonly member: number
  readonly term: number
}

export interface AssignEvent {
  readonly type: 'assign'
  readonly member: number
  readonly term: number
  readonly version: number
  readonly ops: readonly AssignOp[]
}

export type AssignOp =
  | { readonly op: 'def'; readonly connector: string; readonly task: number }
  | { readonly op: 'drop'; readonly task: TaskKey }
  | { readonly op: 'grant'; readonly task: TaskKey; readonly member: number }
  /** To `next`, or to nobody with 0; void unless the task's epoch is `epoch`. */
  | { readonly op: 'move'; readonly task: TaskKey; readonly next: number; readonly epoch: Epoch }
  | ({ readonly op: 'plan'; readonly connector: string } & ConnectorPlan)

export interface ConnectorPlan {
  /** Offset in the config topic of the record that made this set of tasks; a task starts only when its node's store has read it. */
  readonly generation: number
  readonly taskCount: number
  /** Of a sink: what its tasks share out by `sinkPartitions`. Within a generation topics and partitions are only added. */
  readonly topics: readonly AssignableTopic[]
}

export interface ReleasedEvent {
  readonly type: 'released'
  readonly member: number
  readonly tasks: readonly { readonly task: TaskKey; readonly epoch: Epoch }[]
}

/** Names a command over its whole life, resent or not. */
export interface CommandId {
  readonly member: number
  readonly seq: number
}

export interface CommandEvent {
  readonly type: 'command'
  readonly id: CommandId
  readonly op: string
  /** Made by `packBody`. The fold keeps it and never looks inside. */
  readonly body: Uint8Array
  /** Log time from which it is not executed any more. */
  readonly expires: number
}

export interface ReplyEvent {
  readonly type: 'reply'
  readonly term: number
  readonly id: CommandId
  /** An HTTP status. */
  readonly status: number
  readonly body: Uint8Array
  /** Where the config topic shows the effect; the node that took the request waits for its store to reach it. -1 without one. */
  readonly configOffset: number
}

export interface SnapEvent {
  readonly type: 'snap'
  readonly member: number
  /** The state as folded through this offset. */
  readonly at: number
  readonly part: number
  readonly parts: number
  readonly bytes: Uint8Array
}

export interface FoundEvent {
  readonly type: 'found'
  /** Where the sender would read next: it has read every record below. */
  readonly end: number
  readonly term: number
}

/** A task as records name it: the connector's number (given by its first `def`, never used again) and the task's, in one integer. */
export type TaskKey = number

/** The number of the connector instance itself, which plans the tasks. */
export const instanceNumber = -1
/** Tasks of a connector. */
const span = 2 ** 20

export function keyOf(connector: number, task: number): TaskKey {
  return connector * span + task + 1
}

export function connectorOf(key: TaskKey): number {
  return Math.floor(key / span)
}

export function numberOf(key: TaskKey): number {
  return (key % span) - 1
}

export function commandKey(id: CommandId): string {
  return `${id.member}-${id.seq}`
}
