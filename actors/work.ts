import type { TargetState } from '../src/core/api/connectors.js'
import type { RawConfig } from '../src/core/config/field.js'
import { compareEpochs, type Epoch } from '../src/core/epoch.js'
import { taskKey, type TaskId } from '../src/core/offset.js'

/** What the cluster granted a task's owner. What it writes carries `epoch`, and fences whoever ran it before (I4). */
export interface TaskGrant {
  readonly epoch: Epoch
  /** Of the record that defined this set of the connector's tasks: no grant of the set is older. */
  readonly since: Epoch
}

/** One thing for a node to run: a connector's instance, which plans, or one of its tasks. */
export type Work =
  | {
      readonly kind: 'connector'
      readonly name: string
      readonly config: RawConfig
      readonly targetState: TargetState
      /** Absent where a node is alone. */
      readonly grant?: TaskGrant
    }
  | {
      readonly kind: 'task'
      readonly id: TaskId
      readonly config: RawConfig
      readonly taskCount: number
      readonly paused: boolean
      readonly grant?: TaskGrant
    }

/** What a node is to run of one connector, by child id. Never changed in place. */
export type ConnectorWork = ReadonlyMap<string, Work>

export function workId(work: Work): string {
  return work.kind === 'connector' ? `connector/${work.name}` : `task/${taskKey(work.id)}`
}

/** The connector that it is, or belongs to. */
export function connectorOfWork(work: Work): string {
  return work.kind === 'connector' ? work.name : work.id.connector
}

/** A child as its supervisor knows it. */
export interface RunningWork {
  readonly work: Work
  readonly stopping: boolean
}

export interface Reconciliation {
  /** Running, but no longer wanted, or wanted otherwise. */
  readonly stop: readonly string[]
  readonly start: readonly Work[]
  /** Wanted as it runs, save for its target state. */
  readonly retarget: readonly Work[]
}

/**
 * What brings the children of one connector to what is wanted of it. What must change is stopped first and starts only when it is gone: no
 * two instances of a task run at once (I3). Asked again after each stop.
 */
export function reconcile(running: ReadonlyMap<string, RunningWork>, wanted: ConnectorWork): Reconciliation {
  const stop: string[] = []
  const retarget: Work[] = []
  for (const [id, child] of running) {
    if (child.stopping) continue
    const now = wanted.get(id)
    if (now === undefined || !isSameRun(child.work, now)) stop.push(id)
    else if (targetOf(child.work) !== targetOf(now)) retarget.push(now)
  }
  const start = [...wanted].filter(([id]) => !running.has(id)).map(([, work]) => work)
  return { stop, start, retarget }
}

/** Whether the change from one to the other needs no new instance. Configurations are compared by identity: the store never changes one in place. */
function isSameRun(a: Work, b: Work): boolean {
  if (a.kind !== b.kind || a.config !== b.config || !isSameGrant(a.grant, b.grant)) return false
  return a.kind === 'connector' || (b.kind === 'task' && a.taskCount === b.taskCount)
}

/** Another grant is another life: it fences what the one before has written (I4). */
function isSameGrant(a: TaskGrant | undefined, b: TaskGrant | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && compareEpochs(a.epoch, b.epoch) === 0)
}

function targetOf(work: Work): TargetState {
  if (work.kind === 'connector') return work.targetState
  return work.paused ? 'PAUSED' : 'STARTED'
}
