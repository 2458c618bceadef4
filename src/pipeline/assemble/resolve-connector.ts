import type { RawConfig } from '../../core/config/field.js'
import { hiding, mapStrings, puttingBack, revealing, type Hide, type HiddenValue } from '../../core/config/hidden.js'
import { variablesIn } from '../../core/config/variables.js'
import { ConfigError, type ConfigIssue } from '../../core/error.js'
import type { ConfigProviders } from '../../ports/config-provider.js'
import { resolveConfig } from './resolve-config.js'
import { runtimeFields } from './runtime-keys.js'

/** A connector's or task's configuration as plugins get it. */
export interface ResolvedConnector {
  /** Secrets included: it stays in this thread (I8). */
  readonly config: RawConfig
  readonly issues: readonly ConfigIssue[]
  /** For every text that leaves. */
  readonly hide: Hide
  /** Variables that were left as they stand though their provider is known, and why. */
  readonly left: readonly { readonly variable: string; readonly reason: string }[]
  /** What the plugin planned for a task, with variables in the place of their values: so it can be stored. */
  hideData(task: unknown): unknown
  /** What `hideData` made, with the values of now. Only variables of this configuration count: the data may come from a source that is not trusted. */
  revealData(task: unknown): unknown
}

/** What the node itself reads of a connector, on threads that no secret reaches. */
const nodeKeys = new Set(['name', 'connector.class', 'consumer.override.group.id', ...Object.keys(runtimeFields)])
/** Keys that the runtime adds to a task's configuration. */
const ownKeys = new Set(['task.class', 'millrace.task'])

/** `ofWorker`: what of the worker's own configuration is not to be told either. */
export async function resolveConnector(
  raw: RawConfig,
  providers: ConfigProviders,
  ofWorker: readonly HiddenValue[],
): Promise<ResolvedConnector> {
  const resolved = await resolveConfig(raw, providers, key => nodeKeys.has(key) || ownKeys.has(key))
  const own = resolved.hidden
  const [putBack, reveal] = [puttingBack(own), revealing(own)]
  return {
    config: resolved.config,
    issues: [...nodeKeyIssues(raw, providers), ...resolved.issues],
    hide: hiding([...own, ...ofWorker]),
    left: resolved.left,
    hideData: task => mapStrings(task, putBack),
    revealData: task => mapStrings(task, reveal),
  }
}

/** Issues of resolving as a failure. */
export function requireResolved({ issues }: ResolvedConnector): void {
  if (issues.length > 0) throw new ConfigError(issues)
}

function nodeKeyIssues(raw: RawConfig, providers: ConfigProviders): readonly ConfigIssue[] {
  return Object.entries(raw)
    .filter(([key, text]) => nodeKeys.has(key) && variablesIn(text ?? '').some(({ alias }) => providers.has(alias)))
    .map(([key]) => ({
      key,
      message: 'The node reads this key itself, where no variable has a value.',
      hint: 'Write the value out.',
    }))
}
