import type { RawConfig } from '../../core/config/field.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import type { ConfigIssue } from '../../core/error.js'
import type { SinkPlugin } from '../../plugin/index.js'
import type { TaskDefinition } from '../task-definition.js'
import { overrideIssues, type ClientKind } from './client-overrides.js'
import { errorPolicy } from './error-policy.js'
import type { TaskParts } from './read-connector.js'
import { overriddenGroup, sinkGroup } from './sink-group.js'
import { sinkFields } from './sink-keys.js'
import { topicIssues, topicSelection } from './topics.js'
import type { WorkerDefaults } from './worker-defaults.js'

/** What only sources or only sinks have. */
export interface KindReading {
  readonly section: ConfigSection
  /** Beyond those of `section`. */
  readonly issues: readonly ConfigIssue[]
  /** The Kafka clients in use, whose settings may be overridden. */
  readonly clients: readonly ClientKind[]
  /** To be called only where there are no issues. */
  define(parts: TaskParts): TaskDefinition
}

export function readSink(plugin: SinkPlugin, raw: RawConfig, worker: WorkerDefaults): KindReading {
  const section = parseSection(sinkFields, raw)
  const { values } = section
  const group = sinkGroup(values.name, raw)
  const deadLetters = (values['errors.deadletterqueue.topic.name'] ?? '') !== ''
  const clients: readonly ClientKind[] = deadLetters ? ['producer', 'consumer', 'admin'] : ['consumer']
  return {
    section,
    clients,
    issues: [
      ...topicIssues(values, new Set(section.issues.map(({ key }) => key))),
      ...(group === worker.group ? [groupIssue(values.name, overriddenGroup(raw), group)] : []),
      ...overrideIssues(raw, clients, worker.overridePolicy),
    ],
    define: parts => ({
      ...parts,
      kind: 'sink',
      plugin,
      errors: errorPolicy(values),
      topics: topicSelection(values),
      group,
    }),
  }
}

/** In the words of DistributedHerder. */
function groupIssue(name: string, override: string | undefined, group: string): ConfigIssue {
  return override === undefined
    ? {
        key: 'name',
        message: `Consumer group for sink connector named ${name} conflicts with Connect worker group ${group}`,
      }
    : {
        key: 'consumer.override.group.id',
        message: `Consumer group ${override} conflicts with Connect worker group ${group}`,
      }
}
