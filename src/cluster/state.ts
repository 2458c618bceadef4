import type { Epoch } from '../core/epoch.js'
import type { ConnectorPlan, CommandId, TaskKey } from './events.js'

/**
 * What every node knows, the same at the same offset (cluster protocol §2). `fold` changes it in place; nobody else does.
 * Log time starts at 0 and runs at real speed while anybody writes.
 */
export interface ClusterState {
  /** Of the last record folded. */
  offset: number
  /** L: log time, ms. */
  time: number
  /** The last record's time stamp, raw. */
  stamp: number | undefined
  /** No deaths before this log time. */
  grace: number
  term: number
  /** A member's id, or 0. */
  leader: number
  /** Counts the assigns applied. */
  version: number
  /** Of the first member; who joins with another can never be ready. */
  fingerprint: string
  readonly members: Map<number, Member>
  /** Nodes that ended without a word, or promised to be back, by node name; whom others expect to see again. */
  readonly missing: Map<string, MissingNode>
  readonly tasks: Map<TaskKey, Task>
  /** By number. */
  readonly connectors: Map<number, Connector>
  /** The number that the next connector gets. */
  nextConnector: number
  /** Not answered yet, by `commandKey`, in log order. */
  readonly commands: Map<string, Command>
  /** Log time at which an answered command's id may be forgotten: until then a late duplicate of it is not kept again. */
  readonly answered: Map<string, number>
  /** Offset of the last record that is neither need nor found. */
  lastReal: number
  /** Log time of the last change among those who can own tasks, and of the first in the present crowd of changes. */
  changed: number
  crowd: number
  /** The last whole snapshot: log time when it was complete, and offset of its first part. */
  snapTime: number
  snapOffset: number
  /** A snapshot of which not all parts have come. */
  snapPart: { readonly member: number; readonly at: number; readonly first: number; next: number } | undefined
  /** Somebody has no state and waits for a snapshot. */
  need: boolean
  /** 32-bit sum over every record and every change of members, term and ownership (§9). */
  chain: number
  /** Derived, so in no snapshot. */
  readonly derived: Derived
}

interface Derived {
  /** Lower bounds of the log time at which the next member can be dead, or command expired. */
  reapAt: number
  expireAt: number
  commandBytes: number
  /** Counts the changes of members, term and ownership. */
  changes: number
  readonly incarnations: Map<string, number>
  readonly connectorNumbers: Map<string, number>
}

export interface Member {
  readonly id: number
  readonly node: string
  readonly incarnation: string
  readonly url: string
  readonly release: string
  ttl: number
  /** Log time. */
  deadline: number
  /** It has beaten at least once. Nobody beats for the join that a late duplicate made. */
  beaten: boolean
  ready: boolean
  /** A younger member has the same node name. */
  superseded: boolean
  /** Another cluster's: it joined with another fingerprint. */
  readonly foreign: boolean
  /** Thousandths of a core, and bytes, as last told. */
  cpu: number
  memory: number
  /** What it owns. */
  readonly tasks: Set<TaskKey>
}

export interface MissingNode {
  readonly node: string
  readonly url: string
  readonly release: string
  /** Log time of its end. */
  readonly time: number
  /** Log time until which it promised to be back; 0 where it promised nothing. */
  readonly back: number
}

export interface Task {
  readonly key: TaskKey
  readonly connector: string
  /** -1 for the connector instance. */
  readonly number: number
  /** A member's id, or 0 while free. */
  owner: number
  /** Of the last grant. */
  epoch: Epoch
  /** The owner shall stop it and say `released`; `next` owns it then, or nobody with 0. */
  revoking: boolean
  next: number
  /** Free because its owner died: that one's lease may still run, by the leader's stopwatch for `ttl` (R18). */
  lost: { readonly member: number; readonly ttl: number } | undefined
  /** Free because its owner left and promised to be back. */
  hold: { readonly node: string; readonly until: number } | undefined
  /** Not wanted any more: vanishes when its owner has stopped it. */
  drop: boolean
  /** Measured, in thousandths of a core. */
  load: number
}

export interface Connector {
  readonly number: number
  readonly name: string
  /** Undefined until the leader has said it. */
  plan: ConnectorPlan | undefined
  /**
   * Of the record that began the present set of tasks: above all grants of former sets, below all of this one. The floor
   * that its tasks write for the whole connector, since partitions move between tasks (R25).
   */
  since: Epoch
  readonly tasks: Set<TaskKey>
}

export interface Command {
  readonly id: CommandId
  readonly op: string
  readonly body: Uint8Array
  readonly expires: number
  /** Its record's offset. */
  readonly at: number
}

/** Of a log without records. */
export function emptyState(): ClusterState {
  return {
    offset: -1,
    time: 0,
    stamp: undefined,
    grace: 0,
    term: 0,
    leader: 0,
    version: 0,
    fingerprint: '',
    members: new Map(),
    missing: new Map(),
    tasks: new Map(),
    connectors: new Map(),
    nextConnector: 1,
    commands: new Map(),
    answered: new Map(),
    lastReal: -1,
    changed: 0,
    crowd: 0,
    snapTime: 0,
    snapOffset: -1,
    snapPart: undefined,
    need: false,
    chain: 0,
    derived: {
      reapAt: Infinity,
      expireAt: Infinity,
      commandBytes: 0,
      changes: 0,
      incarnations: new Map(),
      connectorNumbers: new Map(),
    },
  }
}

/** Whether a member may be given tasks. */
export function mayOwn(member: Member | undefined): member is Member {
  return member !== undefined && member.ready && !member.superseded
}

/** The ids of those who may own tasks, in order of joining. */
export function owners(state: ClusterState): Member[] {
  return [...state.members.values()].filter(mayOwn).toSorted((a, b) => a.id - b.id)
}

export function connectorNamed(state: ClusterState, name: string): Connector | undefined {
  return state.connectors.get(state.derived.connectorNumbers.get(name) ?? 0)
}
