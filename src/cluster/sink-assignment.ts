import type { TopicPartition } from '../core/offset.js'

/** A topic that a sink connector reads. */
export interface AssignableTopic {
  readonly topic: string
  readonly partitions: number
  /** Its place among the connector's topics; it must not depend on which others exist, or partitions would change hands. */
  readonly index: number
}

/**
 * The partitions of one task, by arithmetic, so that tasks need not agree on anything: partition p of the i-th topic is
 * task (p + i) mod k's. More partitions only ever add to a task.
 */
export function sinkPartitions(topics: readonly AssignableTopic[], task: number, taskCount: number): TopicPartition[] {
  const own: TopicPartition[] = []
  for (const { topic, partitions, index } of topics)
    for (let partition = 0; partition < partitions; partition++)
      if ((partition + index) % taskCount === task) own.push({ topic, partition })
  return own
}
