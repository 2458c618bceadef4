import type { ConfigFields, ConfigOf, RawConfig } from '../core/config/field.js'
import type { ConfigIssue } from '../core/error.js'
import type { OffsetMap } from '../core/offset.js'
import type { PluginLogger, SourceOffsets } from './context.js'

/** What `tasks` and `validate` are given. They run in a worker thread and have 30 seconds. */
export interface PlanContext<C> {
  readonly config: C
  /** The configuration as it was written, with the values of its variables; the common keys included. */
  readonly raw: RawConfig
  /** `tasks.max`. */
  readonly max: number
  readonly signal: AbortSignal
  readonly logger: PluginLogger
  /** Sources: the committed offsets. */
  readonly offsets: SourceOffsets<OffsetMap, OffsetMap>
  /** Keeps watching after `tasks` returned: `watch` runs until the signal aborts, and calls `replan` when tasks must be made anew. */
  readonly watch: (
    watch: (context: { readonly signal: AbortSignal; readonly replan: () => void }) => Promise<void>,
  ) => void
}

/** What sources and sinks have in common. Everything but name, version, summary and config is optional. */
export interface ConnectorParts<F extends ConfigFields, T> {
  /** kebab-case. */
  readonly name: string
  readonly version: string
  /** One sentence. */
  readonly summary: string
  /** Other names for `connector.class`: the class of a known Connect connector comes first and is the one shown. */
  readonly aliases?: readonly string[]
  readonly config: F
  /** Checks keys against one another and against the outside world; returns everything wrong. Parsed and single-key checks have passed. */
  readonly validate?: (
    context: Omit<PlanContext<ConfigOf<F>>, 'watch'>,
  ) => readonly ConfigIssue[] | Promise<readonly ConfigIssue[]>
  /** Values to offer for a key, given the rest of a configuration that may not be valid yet. */
  readonly recommend?: (key: string, raw: RawConfig) => readonly string[] | Promise<readonly string[]>
  /** Splits the work into at most `max` tasks; each element is plain data and reaches one task as `task`. Default: one task. */
  readonly tasks?: (context: PlanContext<ConfigOf<F>>) => readonly T[] | Promise<readonly T[]>
  /** What running it changes outside, one sentence each (`creates the replication slot "a"`); of a source: what reading does. A dry run of a source that has any asks first. */
  readonly effects?: (config: ConfigOf<F>) => readonly string[]
  /** What it alone may hold (`file:/var/log/a`); two connectors on one node that name the same are refused. */
  readonly exclusive?: (config: ConfigOf<F>) => readonly string[]
}
