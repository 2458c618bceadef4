import type { ConfigOf, RawConfig } from '../../core/config/field.js'
import { parseSection } from '../../core/config/section.js'
import { errorMessage, type ConfigIssue } from '../../core/error.js'
import { taskKey } from '../../core/offset.js'
import type { SourcePlugin } from '../../plugin/index.js'
import type { SourceDefinition } from '../task-definition.js'
import type { Boundary } from '../transaction-boundary.js'
import { overrideIssues, type ClientKind } from './client-overrides.js'
import { errorPolicy } from './error-policy.js'
import type { TaskParts } from './read-connector.js'
import type { KindReading } from './read-sink.js'
import { sourceFields } from './source-keys.js'
import { readTopicCreation } from './topic-creation.js'
import type { WorkerDefaults } from './worker-defaults.js'

/** `config`: the plugin's own keys, where they are valid. */
export function readSource(
  plugin: SourcePlugin,
  raw: RawConfig,
  worker: WorkerDefaults,
  config: Readonly<Record<string, unknown>> | undefined,
): KindReading {
  const section = parseSection(sourceFields, raw)
  const { values } = section
  const creation = worker.topicCreation
    ? readTopicCreation(raw, values['topic.creation.groups'] ?? [])
    : { rules: [], issues: [] }
  const ownOffsets = values['offsets.storage.topic'] !== undefined || worker.exactlyOnce
  const clients: readonly ClientKind[] = [
    'producer',
    ...(ownOffsets ? (['consumer'] as const) : []),
    ...(ownOffsets || creation.rules.length > 0 ? (['admin'] as const) : []),
  ]
  return {
    section,
    clients,
    issues: [
      ...creation.issues,
      ...exactlyOnceIssues(plugin, values, worker.exactlyOnce, config),
      ...overrideIssues(raw, clients, worker.overridePolicy),
    ],
    define: parts => ({
      ...parts,
      kind: 'source',
      plugin,
      errors: errorPolicy(values),
      topicCreation: creation.rules,
      ...transactionsOf(plugin, values, worker, parts),
    }),
  }
}

/** With `requested`, a connector that cannot run exactly once runs as it can. */
function transactionsOf(
  plugin: SourcePlugin,
  values: Partial<ConfigOf<typeof sourceFields>>,
  worker: WorkerDefaults,
  { id, config }: TaskParts,
): Pick<SourceDefinition, 'transactions'> {
  if (!worker.exactlyOnce || worker.group === undefined || !canRunExactlyOnce(plugin, config)) return {}
  return { transactions: { id: `${worker.group}-${taskKey(id)}`, boundary: boundaryOf(values, worker) } }
}

function boundaryOf(values: Partial<ConfigOf<typeof sourceFields>>, worker: WorkerDefaults): Boundary {
  const boundary = values['transaction.boundary']?.toUpperCase()
  if (boundary === 'CONNECTOR') return { type: 'connector' }
  if (boundary !== 'INTERVAL') return { type: 'poll' }
  return { type: 'interval', intervalMs: values['transaction.boundary.interval.ms'] ?? worker.offsetFlushIntervalMs }
}

function canRunExactlyOnce(plugin: SourcePlugin, config: Readonly<Record<string, unknown>>): boolean {
  return plugin.exactlyOnce?.(config) ?? plugin.offsets !== undefined
}

/** In the words of DistributedHerder; alone as well, where Connect asks neither. */
function exactlyOnceIssues(
  plugin: SourcePlugin,
  values: Partial<ConfigOf<typeof sourceFields>>,
  enabled: boolean,
  config: Readonly<Record<string, unknown>> | undefined,
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const required = values['exactly.once.support']?.toUpperCase() === 'REQUIRED'
  if (required && !enabled) {
    const message = 'This worker does not have exactly-once source support enabled.'
    issues.push({ key: 'exactly.once.support', message })
  }
  if (!config) return issues
  const ask = (key: string, refuses: () => boolean, message: string): void => {
    try {
      if (refuses()) issues.push({ key, message })
    } catch (error) {
      issues.push({ key, message: `An unexpected error occurred during validation: ${errorMessage(error)}` })
    }
  }
  if (required)
    ask(
      'exactly.once.support',
      () => !canRunExactlyOnce(plugin, config),
      'The connector does not support exactly-once semantics with the provided configuration.',
    )
  if (values['transaction.boundary']?.toUpperCase() === 'CONNECTOR')
    ask(
      'transaction.boundary',
      () => !plugin.transactionBoundaries?.(config),
      'The connector does not support connector-defined transaction boundaries with the given configuration. Please reconfigure it to use a different transaction boundary definition.',
    )
  return issues
}
