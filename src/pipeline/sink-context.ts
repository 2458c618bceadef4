import type { TopicPartition } from '../core/offset.js'
import type { SinkRecord } from '../core/record.js'
import type { SinkContext } from '../plugin/index.js'
import { taskContext } from './task-context.js'
import type { SinkDefinition } from './task-definition.js'
import type { LoopDependencies } from './task-loop.js'

/** What a plugin asked for about its partitions; done between puts, since calls never overlap. */
export type SinkRequest =
  | { readonly type: 'seek'; readonly partition: TopicPartition; readonly offset: number }
  | { readonly type: 'pause' | 'resume'; readonly partition: TopicPartition }

/** What `open` is given. */
export function sinkContext(
  definition: SinkDefinition,
  dependencies: LoopDependencies,
  parts: {
    readonly signal: AbortSignal
    readonly ask: (request: SinkRequest) => void
    readonly requestCommit: () => void
    readonly reject: (record: SinkRecord, error: unknown) => boolean
  },
): SinkContext<Readonly<Record<string, unknown>>, unknown> {
  const { signal, ask, requestCommit, reject } = parts
  return {
    ...taskContext(definition, dependencies, signal),
    reject,
    seek: (partition, offset) => ask({ type: 'seek', partition, offset }),
    pause: partitions => partitions.forEach(partition => ask({ type: 'pause', partition })),
    resume: partitions => partitions.forEach(partition => ask({ type: 'resume', partition })),
    requestCommit,
  }
}
