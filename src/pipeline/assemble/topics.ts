import type { ConfigOf } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import { compileJavaRegex } from '../../core/java-regex.js'
import type { SinkDefinition } from '../task-definition.js'
import type { sinkFields } from './sink-keys.js'

/** Checks topics, topics.regex and the dead letter topic against one another, in the words of SinkConnectorConfig. */
export function topicIssues(values: ConfigOf<typeof sinkFields>, broken: ReadonlySet<string>): readonly ConfigIssue[] {
  const names = values.topics ?? []
  const regex = values['topics.regex'] ?? ''
  const deadLetter = values['errors.deadletterqueue.topic.name'] ?? ''
  const onBoth = (message: string): ConfigIssue[] => ['topics', 'topics.regex'].map(key => ({ key, message }))

  const issues: ConfigIssue[] = []
  if (names.length > 0 && regex !== '')
    issues.push(...onBoth('topics and topics.regex are mutually exclusive options, but both are set.'))
  if (names.length === 0 && regex === '') issues.push(...onBoth('Must configure one of topics or topics.regex'))
  if (deadLetter === '') return issues
  if (names.includes(deadLetter)) {
    const message = `The DLQ topic '${deadLetter}' may not be included in the list of topics ('topics=[${names.join(', ')}]') consumed by the connector`
    issues.push({ key: 'topics', message })
  }
  // A source of endless growth: what fails would be read, fail and be written again.
  if (regex !== '' && !broken.has('topics.regex') && compileJavaRegex(regex).matches(deadLetter)) {
    const message = `The DLQ topic '${deadLetter}' may not be matched by the regex for the topics ('topics.regex=${regex}') consumed by the connector`
    issues.push({ key: 'topics.regex', message })
  }
  return issues
}

export function topicSelection(values: ConfigOf<typeof sinkFields>): SinkDefinition['topics'] {
  if (values.topics.length > 0) return { names: values.topics }
  const pattern = compileJavaRegex(values['topics.regex'])
  return { matches: topic => pattern.matches(topic) }
}
