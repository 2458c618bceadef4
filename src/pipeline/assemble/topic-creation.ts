import { field, type ConfigFields, type RawConfig } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import { invalid } from '../../core/config/value-text.js'
import { errorMessage, type ConfigIssue } from '../../core/error.js'
import { compileJavaRegex } from '../../core/java-regex.js'
import type { TopicCreationRule } from '../task-definition.js'
import { clientSettings } from './worker-defaults.js'

/** The rules of `topic.creation.*` in the order they are tried: complete only where `issues` is empty. */
export interface TopicCreationReading {
  readonly rules: readonly TopicCreationRule[]
  readonly issues: readonly ConfigIssue[]
}

/** Connect finds these faults only when the connector starts; here they are refused with the rest (I10). */
export function readTopicCreation(raw: RawConfig, groups: readonly string[]): TopicCreationReading {
  if (!Object.keys(raw).some(key => key.startsWith('topic.creation.'))) return { rules: [], issues: [] }

  const base = parseFields(defaultGroupFields, raw, 'topic.creation.default.')
  const issues = [...base.issues]
  const rules: TopicCreationRule[] = []
  // `default` is there without being named, and always the last.
  for (const group of new Set(groups.filter(name => name !== 'default'))) {
    const prefix = `topic.creation.${group}.`
    const { values, issues: found } = parseFields(groupFields, raw, prefix)
    const include = readPatterns(`${prefix}include`, values.include)
    const exclude = readPatterns(`${prefix}exclude`, values.exclude)
    issues.push(...found, ...include.issues, ...exclude.issues)
    rules.push({
      group,
      matches: topic => !exclude.matches(topic) && include.matches(topic),
      partitions: values.partitions ?? base.values.partitions,
      replicationFactor: values['replication.factor'] ?? base.values['replication.factor'],
      config: topicSettings(raw, prefix),
    })
  }
  rules.push({
    group: 'default',
    matches: () => true,
    partitions: base.values.partitions,
    replicationFactor: base.values['replication.factor'],
    config: topicSettings(raw, 'topic.creation.default.'),
  })
  return { rules, issues }
}

/** As Connect does, the patterns of a list are one pattern of alternatives. */
function readPatterns(
  key: string,
  patterns: readonly string[] | undefined,
): { readonly issues: readonly ConfigIssue[]; matches(topic: string): boolean } {
  const text = (patterns ?? []).join('|')
  try {
    const pattern = compileJavaRegex(text)
    return { issues: [], matches: topic => pattern.matches(topic) }
  } catch (error) {
    const message = invalid(
      key,
      `[${(patterns ?? []).join(', ')}]`,
      `Syntax error in regular expression: ${errorMessage(error)}`,
    )
    return { issues: [{ key, message }], matches: () => false }
  }
}

/** What a group says beyond its own keys are settings of the topic (`cleanup.policy`). */
function topicSettings(raw: RawConfig, prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(clientSettings(raw, prefix)).filter(([key]) => !Object.hasOwn(groupFields, key)),
  )
}

const replicationFactor = {
  doc: 'Replication factor of new topics; -1: as the broker has it.',
  importance: 'low',
  check: (value: number) =>
    value === -1 || value >= 1
      ? undefined
      : "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default",
} as const

const partitions = {
  doc: 'Partitions of new topics; -1: as the broker has it.',
  importance: 'low',
  check: (value: number) =>
    value === -1 || value >= 1 ? undefined : "Number of partitions must be positive, or -1 to use the broker's default",
} as const

const groupFields = {
  include: field.list({
    doc: 'Java regular expressions; topics whose whole name matches one belong to the group.',
    default: [],
  }),
  exclude: field.list({
    doc: 'Java regular expressions; topics that match one do not, whatever include says.',
    default: [],
  }),
  'replication.factor': field.short({ ...replicationFactor, optional: true }),
  partitions: field.int({ ...partitions, optional: true }),
} as const satisfies ConfigFields

const defaultGroupFields = {
  'replication.factor': field.short(replicationFactor),
  partitions: field.int(partitions),
} as const satisfies ConfigFields
