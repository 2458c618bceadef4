import { defineSource, fatal, field, schema, t } from 'millrace/plugin'
import { parseMark } from './file-mark.js'
import type { CommittedPosition } from './file-state.js'
import { FileFollower } from './follow.js'
import { readFailure } from './open-file.js'
import { readStream } from './read-stream.js'
import { openStandardInput } from './standard-streams.js'
import { contractVersion } from './contract-version.js'

const line = schema.string()

export const fileSource = defineSource({
  name: 'file-source',
  version: contractVersion,
  summary: 'Reads a text file or the standard input, one record per line, and follows the file as it grows.',
  aliases: ['org.apache.kafka.connect.file.FileStreamSourceConnector'],
  config: {
    file: field.string({
      doc: 'File to read. Without it the standard input is read.',
      importance: 'high',
      optional: true,
    }),
    topic: field.string({ doc: 'Topic to write to.', importance: 'high', nonEmpty: true }),
    'batch.size': field.int({
      doc: 'The most lines handed on at once; less than one counts as one.',
      importance: 'low',
      default: 2_000,
    }),
    'line.max.bytes': field.int({
      doc: 'The longest line allowed, in bytes. A longer one fails the task: a file without line ends would fill the memory.',
      importance: 'low',
      default: 134_217_728,
      min: 1,
      max: 268_435_456,
    }),
  },
  offsets: {
    partition: { filename: t.string },
    // `file` says which file the position belongs to (`FileMark`); Connect neither writes nor needs it.
    offset: { position: t.integer, file: t.string.orAbsent },
  },
  exactlyOnce: config => Boolean(config.file),
  exclusive: config => (config.file ? [] : ['stdin']),
  effects: config => (config.file ? [] : ['Takes lines from the standard input, which nobody else gets then.']),

  alterOffsets(config, changes) {
    if (!config.file) throw badOffset('The standard input has no offsets: "file" is not set.')
    for (const { partition, offset } of changes) {
      if (!offset) continue
      if (!partition.filename) throw badOffset('A partition needs a "filename".')
      if (!(offset.position >= 0)) throw badOffset(`"position" must not be negative, but is ${offset.position}.`)
    }
    return true
  },

  async *read(context) {
    const { config, offsets, signal } = context
    const { topic, file: path } = config
    const limits = { maxLines: Math.max(1, config['batch.size']), maxLineBytes: config['line.max.bytes'] }
    if (!path) {
      const make = (value: string) => ({ topic, value, valueSchema: line, timestamp: Date.now() })
      try {
        yield* readStream(openStandardInput(), { ...limits, signal, make })
      } catch (error) {
        throw readFailure('the standard input', error)
      }
      return
    }
    const partition = { filename: path }
    const committed = await offsets.last(partition)
    const follower = new FileFollower(context, {
      ...limits,
      path,
      committed: committed && committedPosition(committed),
      maker: file => {
        const timestamp = Date.now()
        return (value, position) => ({
          topic,
          value,
          valueSchema: line,
          timestamp,
          partition,
          offset: { position, file },
        })
      },
    })
    yield* follower.read()
  },
})

/** `file` is absent where Connect or an operator wrote the offset. */
function committedPosition(offset: { readonly position: number; readonly file?: string }): CommittedPosition {
  return { position: offset.position, mark: offset.file === undefined ? undefined : parseMark(offset.file) }
}

function badOffset(what: string): Error {
  return fatal(what, { code: 'file.offset_refused' })
}
