import { keyOf } from '../../../src/cluster/events.js'
import { packState } from '../../../src/cluster/snapshot.js'
import { connectorNamed, owners, type ClusterState } from '../../../src/cluster/state.js'
import type { World } from './world.js'

/** What is not as it should be when no fault is under way; undefined when all is well. */
export function unrest(world: World): string | undefined {
  const live = world.live
  if (live.length === 0) return undefined
  if (world.pendingStarts > 0) return 'a process is about to start'
  if (!world.log.readable) return 'the broker stands still'
  for (const { name, serial, state, caughtUp, self, held, standsStill, hangs } of live) {
    if (standsStill || hangs) return `${name} (${serial}) stands still`
    if (!state || !caughtUp) return `${name} (${serial}) has no state`
    if (self.around.leaving) return `${name} (${serial}) is leaving`
    const member = state.members.get(self.id)
    if (!member?.ready) return `${name} (${serial}) is no ready member`
    if (member.superseded) return `${name} (${serial}) is superseded`
    if (!held) return `${name} (${serial}) has no lease`
    if (state.members.size !== live.length) return `${state.members.size} members, ${live.length} processes`
  }
  const state = live[0]!.state!
  const leader = live.find(process => process.self.id === state.leader)
  if (!leader) return 'no leader'
  if (leader.state!.commands.size > 0) return `${leader.state!.commands.size} commands wait for an answer`
  for (const command of leader.state!.answered.keys())
    if (world.config.applied.get(command) !== 1) return `command ${command} was answered and is not in the config topic`
  if (world.config.audit.fence.stale().length > 0) return 'a stale config record is the last of its key'
  if (world.config.misread !== undefined) return `who reads after compaction misreads ${world.config.misread}`
  return unsettled(world, leader.state!) ?? unowned(world) ?? differing(world)
}

function unsettled(world: World, state: ClusterState): string | undefined {
  let wanted = 0
  for (const { name, taskCount } of world.wanted.connectors) {
    const connector = connectorNamed(state, name)
    for (let number = -1; number < taskCount; number++) {
      wanted++
      const task = connector && state.tasks.get(keyOf(connector.number, number))
      if (!task) return `${name}-${number} is not defined`
      if (task.owner === 0 || task.revoking) return `${name}-${number} is free or in motion`
    }
  }
  if (state.tasks.size !== wanted) return `${state.tasks.size} tasks, ${wanted} wanted`
  const counts = owners(state).map(member => member.tasks.size)
  if (counts.length !== world.live.length) return `the leader knows ${counts.length} owners`
  if (Math.max(...counts) - Math.min(...counts) > 1) return `not balanced: ${counts.join(', ')}`
  if (!world.offsets.repaired) return 'a stale record is the last of its key'
  return world.offsets.misread && `who reads after compaction misreads ${world.offsets.misread}`
}

/** Every wanted task, and every partition of a source or sink, has exactly one run that may act, and no other task runs. */
function unowned(world: World): string | undefined {
  const runs = new Map<string, number>()
  for (const run of world.runs.filter(each => each.running)) {
    if (!run.active) return `${run.own.connector}-${run.own.number} is suspended`
    for (const resource of world.resources(run)) runs.set(resource, (runs.get(resource) ?? 0) + 1)
  }
  const expected = world.wanted.connectors.flatMap(({ name, taskCount, partitions, topics }) => [
    ...Array.from({ length: taskCount + 1 }, (_, at) => `task ${name}-${at - 1}`),
    ...(taskCount === 0 ? [] : Array.from({ length: partitions }, (_, at) => `partition ${name}/${at}`)),
    ...(taskCount === 0
      ? []
      : topics.flatMap(each => Array.from({ length: each.partitions }, (_, at) => `partition ${each.topic}-${at}`))),
  ])
  for (const resource of expected) {
    if (runs.get(resource) !== 1) return `${resource} has ${runs.get(resource) ?? 0} owners`
    runs.delete(resource)
  }
  const [unwanted] = runs.keys()
  return unwanted && `${unwanted} is run and not wanted`
}

/** Who has read as far has the same state. */
function differing(world: World): string | undefined {
  const packed = new Map<number, Buffer>()
  for (const { state, name } of world.live) {
    const bytes = Buffer.from(packState(state!))
    const same = packed.get(state!.offset)
    if (same && !same.equals(bytes)) return `the state of ${name} differs at ${state!.offset}`
    packed.set(state!.offset, bytes)
  }
  return undefined
}
