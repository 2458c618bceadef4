import { defineTransform, errorMessage, field, rejected, withParts } from 'millrace/plugin'
import { compileDateFormat } from './date-format/index.js'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const timestampRouter = defineTransform({
  ...nameOf('TimestampRouter'),
  version: contractVersion,
  summary: 'Gives records another topic, made of their topic and timestamp.',
  config: {
    'topic.format': field.string({
      doc: 'Format string which can contain ${topic} and ${timestamp} as placeholders for the topic and timestamp, respectively.',
      importance: 'high',
      default: '${topic}-${timestamp}',
    }),
    'timestamp.format': field.string({
      doc: 'Format string for the timestamp that is compatible with java.text.SimpleDateFormat.',
      importance: 'high',
      default: 'yyyyMMdd',
      check(pattern) {
        try {
          compileDateFormat(pattern, new Date())
          return undefined
        } catch (error) {
          return errorMessage(error)
        }
      },
    }),
  },
  create(config) {
    const format = compileDateFormat(config['timestamp.format'], new Date())
    return record => {
      if (record.timestamp === null || record.timestamp === undefined)
        throw rejected(`Timestamp missing on record: one of topic ${record.topic}`)
      const timestamp = format.format(record.timestamp)
      // One after the other, as in Connect: a placeholder in the topic's own name is filled in too.
      const named = config['topic.format'].replaceAll('${topic}', () => record.topic)
      return withParts(record, { topic: named.replaceAll('${timestamp}', () => timestamp) })
    }
  },
})
