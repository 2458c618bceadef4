import type { DryRunFrom } from '../../core/api/dry-run.js'
import { parseSinkOffsets } from '../../core/api/sink-offsets.js'
import { partitionKey, type TopicPartition } from '../../core/offset.js'
import type { Bounds, LogClient } from '../../ports/log.js'

type Position = TopicPartition & { readonly offset: number }

/** Where a sink's dry run begins in each partition, and whether it has come to where they ended then. */
export class StartPositions {
  readonly all: readonly Position[]
  readonly #unread: Map<string, number> | undefined

  /** `ends` absent: new records are waited for. */
  constructor(all: readonly Position[], ends?: readonly number[]) {
    this.all = all
    this.#unread = ends && new Map()
    for (const [at, position] of all.entries())
      if (ends && position.offset < ends[at]!) this.#unread!.set(partitionKey(position), ends[at]!)
  }

  get areRead(): boolean {
    return this.#unread?.size === 0
  }

  reached(partition: TopicPartition, offset: number): void {
    const key = partitionKey(partition)
    const end = this.#unread?.get(key)
    if (end !== undefined && offset >= end) this.#unread!.delete(key)
  }
}

/**
 * `committed`: where the group would go on, else at the first record; offsets: in the partitions that they name and in no
 * other. Reads what the group has committed, and makes no group. Fails with `offsets.invalid`, `log.topic_unknown`.
 */
export async function startPositions(
  partitions: readonly TopicPartition[],
  from: DryRunFrom,
  group: string,
  log: LogClient,
): Promise<StartPositions> {
  if (typeof from === 'object') {
    const named = parseSinkOffsets(from)
    const bounds = await log.topics.allBounds(named)
    return startingAt(named, bounds, ({ topic, partition }) => {
      const found = named.find(of => of.topic === topic && of.partition === partition)
      return found?.offset ?? undefined
    })
  }
  const bounds = await log.topics.allBounds(partitions)
  switch (from) {
    case 'latest':
      return new StartPositions(
        partitions.map(({ topic, partition }, at) => ({ topic, partition, offset: bounds[at]!.end })),
      )
    case 'earliest':
      return startingAt(partitions, bounds, () => undefined)
    case 'committed': {
      const committed = new Map((await log.groups.fetch(group)).map(offset => [partitionKey(offset), offset.offset]))
      return startingAt(partitions, bounds, of => committed.get(partitionKey(of)))
    }
  }
}

/** An offset that the log does not have any more, or not yet, is no place to begin: then the first record is. */
function startingAt(
  partitions: readonly TopicPartition[],
  bounds: readonly Bounds[],
  offsetOf: (partition: TopicPartition) => number | undefined,
): StartPositions {
  const all = partitions.map(({ topic, partition }, at) => {
    const { start, end } = bounds[at]!
    const offset = offsetOf({ topic, partition }) ?? start
    return { topic, partition, offset: offset < start || offset > end ? start : offset }
  })
  return new StartPositions(
    all,
    bounds.map(({ end }) => end),
  )
}
