import { compareEpochs } from '../core/epoch.js'
import { connectorOf, type TaskKey } from './events.js'
import { mustGo } from './membership.js'
import { leaseHeld, type Action, type OwnTask, type Reading, type Self, type StopReason } from './self.js'
import type { ClusterState, Member, Task } from './state.js'
import { pace } from './timers.js'

/** What runs here and should not. */
export function stop(state: ClusterState, self: Self): Action[] {
  const actions: Action[] = []
  for (const task of self.tasks.values()) {
    const reason = task.stopping ? undefined : whyStop(state, self, task)
    if (!reason) continue
    task.stopping = true
    actions.push({ type: 'stop', task, reason })
  }
  return actions
}

function whyStop(state: ClusterState, self: Self, own: OwnTask): StopReason | undefined {
  if (self.id === 0) return 'gone'
  if (mustGo(self)) return 'leaving'
  if (own.fenced) return 'fenced'
  const task = state.tasks.get(own.task)
  const owned = task?.owner === self.id && !task.revoking && compareEpochs(task.epoch, own.epoch) === 0
  return owned ? undefined : 'moved'
}

/**
 * What the state gives to this node and does not run yet. Not once it has sent its leave, also if a grant is read after;
 * not without a lease (I3); never twice under one epoch.
 */
export function start(state: ClusterState, self: Self, member: Member, now: Reading): Action[] {
  if (mustGo(self) || self.leaveSentAt !== undefined || !leaseHeld(self.lease, now)) return []
  const actions: Action[] = []
  for (const key of member.tasks) {
    const task = state.tasks.get(key)!
    if (task.revoking || self.tasks.has(key) || wasStarted(self, task)) continue
    const { plan, since } = state.connectors.get(connectorOf(key))!
    if (!plan || plan.generation > self.around.configOffset) continue
    const { connector, number, epoch } = task
    const own: OwnTask = { task: key, connector, number, epoch, since, stopping: false, fenced: false }
    self.tasks.set(key, own)
    self.started.set(key, epoch)
    actions.push({ type: 'start', task: own })
  }
  return actions
}

/**
 * What was revoked and does not run (any more), until the state says so too. Also what this node ran under this epoch or a
 * later one, and does not any more, though it was not revoked: an epoch is never started twice.
 */
export function release(state: ClusterState, self: Self, member: Member, now: Reading): Action[] {
  const tasks: { task: TaskKey; epoch: Task['epoch'] }[] = []
  for (const key of member.tasks) {
    const task = state.tasks.get(key)!
    if (self.tasks.has(key) || !(task.revoking || (!mustGo(self) && wasStarted(self, task)))) continue
    if (now.monotonic - (self.releasedSentAt.get(key) ?? -Infinity) < pace.resend) continue
    self.started.set(key, task.epoch)
    self.releasedSentAt.set(key, now.monotonic)
    tasks.push({ task: key, epoch: task.epoch })
  }
  for (const key of self.releasedSentAt.keys()) if (!member.tasks.has(key)) self.releasedSentAt.delete(key)
  return tasks.length === 0 ? [] : [{ type: 'send', event: { type: 'released', member: self.id, tasks } }]
}

function wasStarted(self: Self, task: Task): boolean {
  const before = self.started.get(task.key)
  return before !== undefined && compareEpochs(before, task.epoch) >= 0
}
