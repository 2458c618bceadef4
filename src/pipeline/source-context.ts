import type { OffsetMap } from '../core/offset.js'
import type { LagAnswer, SourceContext } from '../plugin/index.js'
import type { ConnectorOffsets } from '../ports/source-offsets.js'
import type { AppendedNews } from './appended-news.js'
import type { CommitNotifier } from './offset-committer.js'
import type { SourceDefinition } from './task-definition.js'
import { taskContext } from './task-context.js'
import type { LoopDependencies } from './task-loop.js'

export type LagProvider = () => LagAnswer | Promise<LagAnswer>
type Config = Readonly<Record<string, unknown>>

/** What `read` is given; `setLag` gets the provider that the plugin registers. */
export function sourceContext(
  definition: SourceDefinition,
  dependencies: LoopDependencies,
  parts: {
    readonly offsets: ConnectorOffsets
    readonly notifier: CommitNotifier
    readonly appended: AppendedNews
    readonly signal: AbortSignal
    readonly setLagProvider: (provider: LagProvider) => void
  },
): SourceContext<Config, unknown, OffsetMap, OffsetMap> {
  const { offsets, notifier, appended, signal, setLagProvider } = parts
  const { metrics } = dependencies
  return {
    ...taskContext(definition, dependencies, signal),
    offsets: { last: partition => offsets.last(partition), all: () => offsets.all() },
    onCommitted: handler => {
      notifier.handler = handler
    },
    onAppended: handler => {
      appended.handler = handler
    },
    onLag: setLagProvider,
    passesEncoded: passesEncoded(definition),
    progress: (done, total) => {
      metrics.set('progress-done', done)
      metrics.set('progress-total', total ?? 0)
      metrics.progress()
    },
  }
}

export function passesEncoded({
  transforms,
  keyConverter,
  valueConverter,
  headerConverter,
}: Pick<SourceDefinition, 'transforms' | 'keyConverter' | 'valueConverter' | 'headerConverter'>): boolean {
  const converters = [keyConverter, valueConverter, headerConverter]
  return transforms.length === 0 && converters.every(({ converter }) => converter.passesBytes === true)
}
