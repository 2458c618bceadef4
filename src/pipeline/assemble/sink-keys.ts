import { field, type ConfigFields } from '../../core/config/field.js'
import { errorMessage } from '../../core/error.js'
import { compileJavaRegex } from '../../core/java-regex.js'
import { commonFields, deadLetterFields } from './common-keys.js'

/** The common keys of sinks, in Connect's order (SinkConnectorConfig). */
export const sinkFields = {
  ...commonFields,
  topics: field.list({
    doc: 'The topics to read.',
    importance: 'high',
    default: [],
    unique: true,
    group: 'Common',
    order: 4,
    width: 'long',
    displayName: 'Topics',
  }),
  'topics.regex': field.string({
    doc: 'Java regular expression that whole names of topics to read match. Set either this or topics.',
    importance: 'high',
    default: '',
    group: 'Common',
    order: 4,
    width: 'long',
    displayName: 'Topics regex',
    check: regexProblem,
  }),
  ...deadLetterFields,
} as const satisfies ConfigFields

/** RegexValidator of Connect's transforms. */
function regexProblem(pattern: string): string | undefined {
  try {
    compileJavaRegex(pattern)
    return undefined
  } catch (error) {
    return `Invalid regex: ${errorMessage(error)}`
  }
}
