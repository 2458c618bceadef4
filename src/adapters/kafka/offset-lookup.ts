import { partitionKey, type TopicPartition } from '../../core/offset.js'
import { isStale } from './broker-error-table.js'
import { refused } from './broker-errors.js'
import type { Cluster } from './cluster.js'
import { listOffsetsApi } from './protocol/list-offsets.js'
import { retrying } from './retrying.js'

export interface LookupOptions {
  /** A point in time, or one of `endOf`. */
  readonly timestamp: number
  readonly readCommitted: boolean
  readonly timeoutMs: number
}

/** The offsets of one point in each partition, in their order; one request for each leader. Fails with `log.topic_unknown`. */
export async function askOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  { timestamp, readCommitted, timeoutMs }: LookupOptions,
): Promise<readonly number[]> {
  const found = new Map<string, number>()
  return retrying('Asking for offsets', timeoutMs, cluster.retry, async () => {
    const missing = partitions.filter(partition => !found.has(partitionKey(partition)))
    const byLeader = new Map<number, TopicPartition[]>()
    for (const partition of missing) {
      const { node } = await cluster.leader(partition, timeoutMs)
      byLeader.set(node, [...(byLeader.get(node) ?? []), partition])
    }
    let failure: unknown
    const stale = new Set<string>()
    const ask = async ([node, asked]: [number, TopicPartition[]]): Promise<void> => {
      try {
        const link = await cluster.link(node)
        for (const answer of await link.call(listOffsetsApi, { readCommitted, timestamp, partitions: asked })) {
          if (answer.error === 0) found.set(partitionKey(answer), answer.offset)
          else failure = refused(answer.error, `Asking for an offset of ${partitionKey(answer)}`)
          if (isStale(answer.error)) stale.add(answer.topic)
        }
      } catch (error) {
        failure = error
        for (const { topic } of asked) stale.add(topic)
      }
    }
    await Promise.all([...byLeader].map(ask))
    if (stale.size > 0) {
      await cluster.refresh([...stale])
      for (const partition of missing) cluster.checkTopic(partition)
    }
    if (failure !== undefined) throw failure
    return partitions.map(partition => found.get(partitionKey(partition)) ?? 0)
  })
}
