import { compileJavaRegex, defineTransform, errorMessage, field, withParts } from 'millrace/plugin'
import { checkRegex } from './regex.js'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const regexRouter = defineTransform({
  ...nameOf('RegexRouter'),
  version: contractVersion,
  summary: 'Gives records whose whole topic name matches a pattern another topic.',
  config: {
    regex: field.string({
      doc: 'Regular expression to use for matching, in Java syntax.',
      importance: 'high',
      check: checkRegex,
    }),
    replacement: field.string({
      doc: 'Replacement string, in Java syntax: $1 or ${name} is a group.',
      importance: 'high',
    }),
  },
  validate({ regex, replacement }) {
    try {
      compileJavaRegex(regex).replacer(replacement)
      return []
    } catch (error) {
      return [{ key: 'replacement', message: errorMessage(error) }]
    }
  },
  create({ regex, replacement }) {
    const compiled = compileJavaRegex(regex)
    // The first find within the topic, which need not be the whole that matched: (a|ab) finds the a of ab.
    const replace = compiled.replacer(replacement)
    return record => (compiled.matches(record.topic) ? withParts(record, { topic: replace(record.topic) }) : record)
  },
})
