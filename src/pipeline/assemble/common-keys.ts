import { field, type ConfigFields } from '../../core/config/field.js'
import { isVersionRange } from '../../core/version-range.js'

/** Groups, orders, widths and display names as Kafka Connect 4.3 shows them (ConnectorConfig). */
const common = { group: 'Common' } as const
const errors = { group: 'Error Handling', importance: 'medium' } as const

/** The keys of every connector. */
export const commonFields = {
  name: field.string({
    doc: 'Name of the connector, unique in the cluster.',
    importance: 'high',
    ...common,
    order: 1,
    width: 'medium',
    displayName: 'Connector name',
    check: connectorNameProblem,
  }),
  'connector.class': field.string({
    doc: 'Class name or alias of the connector.',
    importance: 'high',
    ...common,
    order: 2,
    width: 'long',
    displayName: 'Connector class',
  }),
  'connector.plugin.version': versionField('Version of the connector.', 3, 'medium', 'Connector version', 'medium'),
  'tasks.max': field.int({
    doc: 'The most tasks to split the work into.',
    importance: 'high',
    default: 1,
    min: 1,
    ...common,
    order: 4,
    width: 'short',
    displayName: 'Tasks max',
  }),
  'tasks.max.enforce': field.boolean({
    doc: 'Whether a connector that makes more tasks than tasks.max fails. Deprecated, as in Kafka Connect.',
    importance: 'low',
    default: true,
    ...common,
    order: 5,
    width: 'short',
    displayName: 'Enforce tasks max',
  }),
  'key.converter': converterField('keys', 6, 'Key converter class'),
  'key.converter.plugin.version': versionField('Version of the key converter.', 7, 'low', 'Key converter version'),
  'value.converter': converterField('values', 8, 'Value converter class'),
  'value.converter.plugin.version': versionField(
    'Version of the value converter.',
    9,
    'low',
    'Value converter version',
  ),
  'header.converter': converterField('header values', 10, 'Header converter class'),
  'header.converter.plugin.version': versionField(
    'Version of the header converter.',
    11,
    'low',
    'Header converter version',
  ),
  transforms: field.list({
    doc: 'Aliases of the transformations applied to each record, in order.',
    importance: 'low',
    default: [],
    group: 'Transforms',
    order: 12,
    width: 'long',
    displayName: 'Transforms',
    check: duplicateAlias,
  }),
  predicates: field.list({
    doc: 'Aliases of the predicates that transformations refer to.',
    importance: 'low',
    default: [],
    group: 'Predicates',
    order: 13,
    width: 'long',
    displayName: 'Predicates',
    check: duplicateAlias,
  }),
  'config.action.reload': field.string({
    doc: 'What to do when a value that a config provider gave has expired: restart the connector, or nothing.',
    importance: 'low',
    default: 'restart',
    oneOf: ['none', 'restart'],
    recommended: [],
    ...common,
    order: 14,
    width: 'medium',
    displayName: 'Reload Action',
  }),
  'errors.retry.timeout': field.long({
    doc: 'How long a failed operation is retried, in milliseconds; -1: for ever, 0: not at all.',
    default: 0,
    ...errors,
    order: 1,
    width: 'medium',
    displayName: 'Retry Timeout for Errors',
  }),
  'errors.retry.delay.max.ms': field.long({
    doc: 'The longest pause between two retries, in milliseconds.',
    default: 60_000,
    ...errors,
    order: 2,
    width: 'medium',
    displayName: 'Maximum Delay Between Retries for Errors',
  }),
  'errors.tolerance': field.string({
    doc: 'Whether a record that cannot be converted or transformed fails the task (none) or is skipped (all).',
    default: 'none',
    oneOf: ['none', 'all'],
    recommended: [],
    ...errors,
    order: 3,
    width: 'short',
    displayName: 'Error Tolerance',
  }),
  'errors.log.enable': field.boolean({
    doc: 'Whether every failure is logged, tolerated ones too.',
    default: false,
    ...errors,
    order: 4,
    width: 'short',
    displayName: 'Log Errors',
  }),
  'errors.log.include.messages': field.boolean({
    doc: 'Whether those log lines show the record.',
    default: false,
    ...errors,
    order: 5,
    width: 'short',
    displayName: 'Log Error Details',
  }),
} as const satisfies ConfigFields

/** The dead letter topic: sinks have it in Kafka Connect, sources here too. */
export const deadLetterFields = {
  'errors.deadletterqueue.topic.name': field.string({
    doc: 'Topic for records that fail conversion, a transformation or delivery; empty: none.',
    default: '',
    ...errors,
    order: 6,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Name',
  }),
  'errors.deadletterqueue.topic.replication.factor': field.short({
    doc: 'Replication factor of the dead letter topic where it has to be created.',
    default: 3,
    ...errors,
    order: 7,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Replication Factor',
  }),
  'errors.deadletterqueue.context.headers.enable': field.boolean({
    doc: 'Whether dead letters carry headers that say what failed, where and why.',
    default: false,
    ...errors,
    order: 8,
    width: 'medium',
    displayName: 'Enable Error Context Headers',
  }),
} as const satisfies ConfigFields

function converterField(what: string, order: number, displayName: string) {
  return field.class({
    doc: `Converter of record ${what}; default: the worker's. Its own keys count only where this is set.`,
    importance: 'low',
    optional: true,
    ...common,
    order,
    width: 'short',
    displayName,
  })
}

function versionField(
  doc: string,
  order: number,
  importance: 'low' | 'medium',
  displayName: string,
  width: 'short' | 'medium' = 'short',
) {
  return field.string({
    doc: `${doc} A version or a Maven range; default: the one installed.`,
    importance,
    optional: true,
    ...common,
    order,
    width,
    displayName,
    // Connect takes nothing for a range that nothing meets.
    check: text => (text === '' || isVersionRange(text) ? undefined : 'Not a version or version range'),
  })
}

/** ConfigDef.NonEmptyStringWithoutControlChars. */
function connectorNameProblem(name: string): string | undefined {
  if (name === '') return 'String may not be empty'
  const controls = Array.from(name, char => char.charCodeAt(0)).filter(isIsoControl)
  return controls.length === 0
    ? undefined
    : `String may not contain control sequences but had the following ASCII chars: ${controls.join(', ')}`
}

function isIsoControl(code: number): boolean {
  return code <= 0x1f || (code >= 0x7f && code <= 0x9f)
}

export function duplicateAlias(aliases: readonly string[]): string | undefined {
  return new Set(aliases).size < aliases.length ? 'Duplicate alias provided.' : undefined
}
