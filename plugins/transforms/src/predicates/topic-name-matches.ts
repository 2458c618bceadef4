import { compileJavaRegex, definePredicate, field } from 'millrace/plugin'
import { checkRegex } from '../regex.js'
import { nameOf } from '../target.js'
import { contractVersion } from '../contract-version.js'

export const topicNameMatches = definePredicate({
  ...nameOf('TopicNameMatches', 'predicates.'),
  version: contractVersion,
  summary: 'True where the whole topic name matches a pattern.',
  config: {
    pattern: field.string({
      doc: "A Java regular expression for matching against the name of a record's topic.",
      importance: 'medium',
      nonEmpty: true,
      check: checkRegex,
    }),
  },
  create({ pattern }) {
    const regex = compileJavaRegex(pattern)
    return record => regex.matches(record.topic)
  },
})
