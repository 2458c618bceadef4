import { dataInvalid } from './failures.js'

/** Under which subject a schema stands. `recordName` is undefined where the schema has no name. */
export type SubjectStrategy = (topic: string, recordName: string | undefined) => string

const packageName = 'io.confluent.kafka.serializers.subject.'

/** Confluent's class names, with the simple name of each. */
const strategies = {
  TopicNameStrategy: role => topic => `${topic}-${role}`,
  RecordNameStrategy: () => (_, name) => named(name),
  TopicRecordNameStrategy: () => (topic, name) => `${topic}-${named(name)}`,
} as const satisfies Record<string, (role: 'key' | 'value') => SubjectStrategy>

function named(recordName: string | undefined): string {
  if (recordName !== undefined && recordName !== '') return recordName
  throw dataInvalid(
    'The subject is to be the name of the record, but the data has a schema without one: give the schema a name, or use TopicNameStrategy.',
  )
}

export const defaultStrategy = `${packageName}TopicNameStrategy`

export function subjectStrategy(className: string, role: 'key' | 'value'): SubjectStrategy {
  return strategies[simpleName(className) as keyof typeof strategies](role)
}

/** Whether the subject can be told only once the schema is known. */
export function needsSchema(className: string): boolean {
  return simpleName(className) !== 'TopicNameStrategy'
}

/** What is wrong with a strategy's class name; undefined: nothing. */
export function checkStrategy(className: string): string | undefined {
  if (
    simpleName(className) in strategies &&
    [packageName + simpleName(className), simpleName(className)].includes(className)
  )
    return undefined
  const known = Object.keys(strategies).map(name => packageName + name)
  return simpleName(className) === 'AssociatedNameStrategy'
    ? 'Associations of topics with subjects cannot be asked for here; use io.confluent.kafka.serializers.subject.TopicNameStrategy, which it falls back on'
    : `Must be one of: ${known.join(', ')}`
}

const simpleName = (className: string): string => className.slice(className.lastIndexOf('.') + 1)
