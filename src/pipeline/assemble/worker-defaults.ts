import { field, type ConfigFields, type RawConfig } from '../../core/config/field.js'
import { parseFields, subset } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'

/** A plugin by class name, with its own keys (prefix removed). */
export interface PluginChoice {
  readonly class: string
  readonly config: RawConfig
}

export type ClientSettings = Readonly<Record<string, string>>

/** Which client settings a connector may override (`connector.client.config.override.policy`). */
export type OverridePolicy =
  | { readonly policy: 'All' | 'None' | 'Principal' }
  | { readonly policy: 'Allowlist'; readonly allowed: readonly string[] }

/** What a worker's configuration says about every connector on it. Plain data: it is handed to each thread. */
export interface WorkerDefaults {
  readonly keyConverter: PluginChoice
  readonly valueConverter: PluginChoice
  readonly headerConverter: PluginChoice
  /** `producer.*`, `consumer.*` and `admin.*`, without the prefix. */
  readonly producer: ClientSettings
  readonly consumer: ClientSettings
  readonly admin: ClientSettings
  readonly overridePolicy: OverridePolicy
  readonly topicCreation: boolean
  /** Whether the topics that connectors use are noted, and whether operators may have that forgotten. */
  readonly topicTracking: { readonly enabled: boolean; readonly allowReset: boolean }
  readonly offsetFlushIntervalMs: number
  readonly offsetFlushTimeoutMs: number
  /** Whether sources can run exactly once here: `exactly.once.source.support=enabled`, or a log whose appends are atomic. */
  readonly exactlyOnce: boolean
  /** `group.id`, which no sink may use; absent on a node without a cluster. */
  readonly group?: string
}

const policies = ['All', 'None', 'Principal', 'Allowlist'] as const

/** By its short name, or by that of Connect's class. */
function policyNamed(text: string): (typeof policies)[number] | undefined {
  const suffix = 'ConnectorClientConfigOverridePolicy'
  return policies.find(name =>
    [name, name + suffix, `org.apache.kafka.connect.connector.policy.${name}${suffix}`].includes(text),
  )
}

export const workerFields = {
  'key.converter': field.class({
    doc: 'Converter of record keys, unless a connector names its own.',
    importance: 'high',
  }),
  'value.converter': field.class({
    doc: 'Converter of record values, unless a connector names its own.',
    importance: 'high',
  }),
  'header.converter': field.class({
    doc: 'Converter of header values, unless a connector names its own.',
    default: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    importance: 'low',
  }),
  'connector.client.config.override.policy': field.string({
    doc: 'Which client settings connectors may override.',
    default: 'All',
    check: name =>
      policyNamed(name) === undefined ? `There is no such policy; there are: ${policies.join(', ')}` : undefined,
  }),
  'connector.client.config.override.allowlist': field.list({
    doc: 'The client settings that connectors may override under the policy Allowlist.',
    default: [],
  }),
  'topic.creation.enable': field.boolean({
    doc: 'Whether source connectors may say how the topics they write to are created.',
    default: true,
    importance: 'low',
  }),
  'topic.tracking.enable': field.boolean({
    doc: 'Whether the topics that each connector uses are noted.',
    default: true,
    importance: 'low',
  }),
  'topic.tracking.allow.reset': field.boolean({
    doc: 'Whether what was noted of a connector’s topics may be reset.',
    default: true,
    importance: 'low',
  }),
  'offset.flush.interval.ms': field.long({
    doc: 'How often tasks commit their offsets, in milliseconds.',
    default: 60_000,
    min: 1,
    importance: 'low',
  }),
  'offset.flush.timeout.ms': field.long({
    doc: 'How long a commit may take before it is given up until the next, in milliseconds.',
    default: 5_000,
    min: 1,
    importance: 'low',
  }),
  'exactly.once.source.support': field.string({
    doc: 'Whether source connectors run exactly once.',
    default: 'disabled',
    check: oneOfIgnoringCase('DISABLED', 'ENABLED', 'PREPARING'),
  }),
  'group.id': field.string({
    doc: 'Names the cluster that this worker belongs to.',
    optional: true,
    importance: 'high',
  }),
} as const satisfies ConfigFields

/** Reads a worker's configuration (Connect's worker.properties); `defaults` is to be used only where `issues` is empty. */
export function workerDefaults(raw: RawConfig): {
  readonly defaults: WorkerDefaults
  readonly issues: readonly ConfigIssue[]
} {
  const { values, issues } = parseFields(workerFields, raw)
  const policy = policyNamed(values['connector.client.config.override.policy'] ?? '') ?? 'None'
  const group = values['group.id']
  return {
    issues,
    defaults: {
      keyConverter: { class: values['key.converter'], config: subset(raw, 'key.converter.') },
      valueConverter: { class: values['value.converter'], config: subset(raw, 'value.converter.') },
      headerConverter: { class: values['header.converter'], config: subset(raw, 'header.converter.') },
      producer: clientSettings(raw, 'producer.'),
      consumer: clientSettings(raw, 'consumer.'),
      admin: clientSettings(raw, 'admin.'),
      overridePolicy:
        policy === 'Allowlist' ? { policy, allowed: values['connector.client.config.override.allowlist'] } : { policy },
      topicCreation: values['topic.creation.enable'],
      topicTracking: { enabled: values['topic.tracking.enable'], allowReset: values['topic.tracking.allow.reset'] },
      offsetFlushIntervalMs: values['offset.flush.interval.ms'],
      offsetFlushTimeoutMs: values['offset.flush.timeout.ms'],
      exactlyOnce: values['exactly.once.source.support']?.toLowerCase() === 'enabled',
      ...(group !== undefined && { group }),
    },
  }
}

/** The client settings under a prefix, without it. */
export function clientSettings(raw: RawConfig, prefix: string): ClientSettings {
  return Object.fromEntries(
    Object.entries(subset(raw, prefix)).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/** A check in the words of ConfigDef.CaseInsensitiveValidString. */
export function oneOfIgnoringCase(...allowed: readonly string[]) {
  return (value: string): string | undefined =>
    allowed.includes(value.toUpperCase())
      ? undefined
      : `String must be one of (case insensitive): ${allowed.join(', ')}`
}
