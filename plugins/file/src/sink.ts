import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { defineSink, errorCode, field } from 'millrace/plugin'
import type { SinkTask } from 'millrace/plugin'
import { AppendFile, writeFailure } from './append-file.js'
import type { Output } from './append-file.js'
import { encodeLines, encodingBuffer } from './line-encoder.js'
import { NotedSink } from './noted-sink.js'
import { StreamOutput } from './stream-output.js'
import { contractVersion } from './contract-version.js'

export const fileSink = defineSink({
  name: 'file-sink',
  version: contractVersion,
  summary: 'Appends the text of each record value to a file or the standard output, one line per record.',
  aliases: ['org.apache.kafka.connect.file.FileStreamSinkConnector'],
  config: {
    file: field.string({
      doc: 'File to append to; created where there is none. Without it the lines go to the standard output.',
      importance: 'high',
      optional: true,
    }),
  },
  tasks: ({ max }) => Array.from({ length: max }, () => null),
  effects: ({ file }) =>
    file
      ? [
          `Appends lines to ${resolve(file)}, and creates it where there is none.`,
          `As its only task, cuts ${resolve(file)} back to the last committed length when it resumes (exactly once); with several tasks it is at least once.`,
        ]
      : ['Writes lines to the standard output of the node (at least once).'],
  // Its notes go with the committed offsets; a commit without one is never cut back to (`cutPoint`).
  alterOffsets: () => true,
  exclusive: ({ file }) => (file ? [`file:${resolve(file)}`] : []),

  async check({ file }) {
    if (!file) return
    try {
      if ((await stat(file)).isDirectory()) throw writeFailure(file, new Error('It is a folder.'))
      await access(file, constants.R_OK | constants.W_OK)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw writeFailure(file, error)
      await access(dirname(resolve(file)), constants.W_OK).catch((reason: unknown) => {
        throw writeFailure(file, reason)
      })
    }
  },

  async open(context) {
    const { config, signal, taskCount } = context
    if (!config.file) return plainSink(StreamOutput.standard(signal))
    const path = resolve(config.file)
    if (await isPipe(path)) return plainSink(StreamOutput.namedPipe(path, signal))
    const file = await AppendFile.open(path, taskCount === 1)
    return file.alone ? new NotedSink(context, file) : plainSink(file)
  },
})

/** A named pipe, whose reader may stand still; other devices (`/dev/null`) are written to as files are. */
async function isPipe(path: string): Promise<boolean> {
  try {
    const stats = await stat(path)
    return stats.isFIFO()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw writeFailure(path, error)
  }
}

/** At least once: what was put since the last commit stands in the output already when it comes again. */
function plainSink(output: Output): SinkTask {
  const buffer = encodingBuffer()
  return {
    put: records => output.write(encodeLines(records, buffer)),
    flush: () => output.sync(),
    close: () => output.close(),
  }
}
