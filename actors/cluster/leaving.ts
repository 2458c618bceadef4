import { leaseHeld, type ExitReason, type Identity, type Reading } from '../../src/cluster/self.js'
import { MillraceError } from '../../src/core/error.js'
import type { Clock } from '../../src/ports/clock.js'
import type { CoordinationTopic } from './coordination-topic.js'
import type { ClusterMember } from './member.js'

/** How long leaving may take, once everything has stopped. */
const leaveMs = 3_000
const lookMs = 25

/** Has this node taken out of the cluster at once, so that its work goes on elsewhere without waiting for its death. */
export async function leave(
  member: ClusterMember,
  topic: CoordinationTopic,
  clock: Clock,
  now: () => Reading,
): Promise<void> {
  const { self } = member
  // Without a lease the log has not been heard for seconds, and a word said now would not be either.
  if (member.state === undefined || self.id === 0 || !leaseHeld(self.lease, now())) return
  self.around.leaving = { back: 0 }
  const deadline = clock.now() + leaveMs
  const { signal } = new AbortController()
  const reader = topic.openReader()
  try {
    while (self.id !== 0 && clock.now() < deadline) {
      member.act()
      const { records } = await reader.read(member.state.offset + 1, { maxWaitMs: lookMs, signal })
      member.take(records)
    }
  } catch {
    // Without the log nobody hears of it; the others find out by its silence.
  } finally {
    await reader.close()
  }
}

/** Why a process must end, though nobody told it to. */
export function exitError(reason: Exclude<ExitReason, 'left'>, { node, fingerprint }: Identity): MillraceError {
  switch (reason) {
    case 'superseded':
      return new MillraceError('cluster.name_taken', `Another process has joined the cluster as ${node}.`, {
        hint: 'Give each node its own node.name, or rest.advertised.host.name and port.',
      })
    case 'foreign':
      return new MillraceError(
        'cluster.foreign',
        `The cluster of this coordination topic uses other topics than this node (${fingerprint}).`,
        { hint: 'Give both the same group.id and config, offset and status topics, or this one another group.id.' },
      )
  }
}
