import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fillFile, fillTopic } from './filling.js'
import { endOf, type Place, type Workload } from './workload.js'
import type { Config } from './workers.js'

const fileConnector = 'org.apache.kafka.connect.file.FileStream'

interface Common {
  readonly name: string
  readonly records: number
  readonly config: Config
  readonly targets: Workload['targets']
}

/** Lines of a file into a topic. `lineBytes` is a line with its end. */
export function fileToTopic(of: Common & { readonly lineBytes: number }): Workload {
  const input = ({ home }: Place): string => join(home, `${of.records}-${of.lineBytes}.txt`)
  return {
    ...of,
    prepare: place => fillFile(input(place), of.records, of.lineBytes),
    config: (place, run) => ({
      'connector.class': `${fileConnector}SourceConnector`,
      file: input(place),
      topic: run,
      ...of.config,
    }),
    arrived: (place, run) => endOf(place, run),
    discard: ({ log }, run) => log.topics.delete(run),
  }
}

/** A topic into a file, whose lines are all `lineBytes` long, their ends included. */
export function topicToFile(
  of: Common & { readonly topic: string; readonly lineBytes: number; readonly valueOf: (index: number) => string },
): Workload {
  const output = ({ home }: Place, run: string): string => join(home, `${run}.out`)
  return {
    ...of,
    prepare: ({ log }) => fillTopic(log, of.topic, of.records, of.valueOf),
    config: (place, run) => ({
      'connector.class': `${fileConnector}SinkConnector`,
      file: output(place, run),
      topics: of.topic,
      ...of.config,
    }),
    arrived: async (place, run) => Math.floor((await sizeOf(output(place, run))) / of.lineBytes),
    discard: (place, run) => rm(output(place, run), { force: true }),
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    found => found.size,
    () => 0,
  )
