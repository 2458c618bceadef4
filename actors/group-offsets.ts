import { invalidOffsets, type SinkOffsetChange } from '../src/core/api/sink-offsets.js'
import type { LogClient } from '../src/ports/log.js'

/** An offset of a partition that is not there would be refused by a broker after others were written; here before. */
export async function requirePartitions(
  { topics }: Pick<LogClient, 'topics'>,
  changes: readonly SinkOffsetChange[],
): Promise<void> {
  for (const { topic, partition, offset } of changes) {
    if (offset === null) continue
    const partitions = (await topics.describe(topic))?.partitions
    if (partitions === undefined) throw invalidOffsets(`There is no topic '${topic}'.`)
    if (partition >= partitions) throw invalidOffsets(`Topic '${topic}' has no partition ${partition}.`)
  }
}

/** Sets and forgets offsets of a sink's group; without changes all of it is forgotten. */
export async function writeGroupOffsets(
  { groups }: Pick<LogClient, 'groups'>,
  group: string,
  changes: readonly SinkOffsetChange[] | undefined,
): Promise<void> {
  if (changes === undefined) return groups.delete(group)
  // Without metadata: the note that a task left says what it had written up to the old offset, which is not what it
  // will have written up to this one. The file sink would cut lines off that nobody delivers again (I1).
  const moved = changes.flatMap(({ topic, partition, offset }) =>
    offset === null ? [] : [{ topic, partition, offset, metadata: '' }],
  )
  const forgotten = changes.filter(({ offset }) => offset === null)
  if (moved.length > 0) await groups.commit(group, moved)
  if (forgotten.length > 0) await groups.delete(group, forgotten)
}
