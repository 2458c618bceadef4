import { errorCode, MillraceError } from '../../src/core/error.js'
import { coordinationTopicOf } from '../../src/core/topic.js'
import { sleep, type Clock } from '../../src/ports/clock.js'
import type { LogClient } from '../../src/ports/log.js'
import type { ConfigStore } from '../../src/stores/config-store.js'

/** Whoever lives has written to its coordination topic within this time, several times over. */
const lookMs = 3_000

/**
 * Fails with `cluster.topics_taken` where the config topic is that of another cluster which lives: the two would fence each
 * other's leaders. One that is gone leaves its topics to whoever comes, under any name.
 */
export async function refuseTaken(
  { log, configs, group, clock }: { log: LogClient; configs: ConfigStore; group: string; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const owner = configs.begun?.cluster
  if (owner === undefined || owner === group) return
  const before = await endOf(log, owner)
  if (before === undefined) return
  await sleep(clock, lookMs, signal)
  if ((await endOf(log, owner)) !== before) throw topicsTaken(owner, group)
}

export function topicsTaken(owner: string, group: string): MillraceError {
  return new MillraceError(
    'cluster.topics_taken',
    `Cluster ${owner} keeps its configurations in the config topic of this node, which belongs to cluster ${group}.`,
    {
      hint: `Set group.id=${owner} to take part in that cluster, or give this one config, offset and status topics of its own.`,
    },
  )
}

/** Undefined where the cluster has no coordination topic. */
async function endOf(log: LogClient, cluster: string): Promise<number | undefined> {
  try {
    return (await log.topics.bounds({ topic: coordinationTopicOf(cluster), partition: 0 })).end
  } catch (error) {
    if (errorCode(error) === 'log.topic_unknown') return undefined
    throw error
  }
}
