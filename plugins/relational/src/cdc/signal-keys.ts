import { field } from 'millrace/plugin'
import type { ConfigIssue, ConfigOf } from 'millrace/plugin'

const signals = { group: 'Signals', importance: 'low' } as const
const signalChannels = ['source', 'kafka', 'file', 'jmx', 'in-process'] as const
const notificationChannels = ['sink', 'log', 'jmx'] as const

/** The keys of signals, incremental snapshots and notifications. */
export const signalKeys = {
  'signal.enabled.channels': field.list({
    doc: 'Where signals come from: source (rows of the signal table), file.',
    default: ['source'],
    itemOneOf: signalChannels,
    ...signals,
  }),
  'signal.data.collection': field.string({
    doc: 'The signal table, schema.table: columns id, type and data. It is captured, and takes the watermarks of incremental snapshots.',
    optional: true,
    ...signals,
  }),
  'signal.file': field.string({
    doc: 'The file of signals: a JSON object with id, type and data on each line. It is emptied when they were taken.',
    default: 'file-signals.txt',
    ...signals,
  }),
  'signal.poll.interval.ms': field.long({
    doc: 'How often that file is looked at, milliseconds.',
    default: 5_000,
    min: 1,
    ...signals,
  }),
  'incremental.snapshot.chunk.size': field.int({
    doc: 'How many rows an incremental snapshot reads at a time.',
    default: 1_024,
    min: 1,
    ...signals,
  }),
  'incremental.snapshot.watermarking.strategy': field.string({
    doc: 'Whether a chunk’s end is marked by one more row of the signal table, or by deleting that of its beginning.',
    default: 'INSERT_INSERT',
    oneOf: ['INSERT_INSERT', 'INSERT_DELETE', 'insert_insert', 'insert_delete'],
    ...signals,
  }),
  'notification.enabled.channels': field.list({
    doc: 'Where to tell how snapshots go: sink (a topic), log.',
    default: [],
    itemOneOf: notificationChannels,
    ...signals,
  }),
  'notification.sink.topic.name': field.string({ doc: 'That topic.', optional: true, ...signals }),
} as const

export type SignalConfig = ConfigOf<typeof signalKeys>

/** What is wrong with them beside one another. */
export function signalIssues(config: SignalConfig): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const add = (key: string, message: string): void => void issues.push({ key, message })
  for (const channel of config['signal.enabled.channels'])
    if (channel !== 'source' && channel !== 'file')
      add('signal.enabled.channels', `The channel "${channel}" is not supported here: use source or file.`)
  for (const channel of config['notification.enabled.channels'])
    if (channel === 'jmx')
      add('notification.enabled.channels', 'The channel "jmx" is not supported here: use sink or log.')
  if (config['notification.enabled.channels'].includes('sink') && config['notification.sink.topic.name'] === undefined)
    add('notification.sink.topic.name', 'It must be set where notification.enabled.channels has sink.')
  const table = config['signal.data.collection']
  if (table !== undefined && !/^[^.]+\.[^.]+$/.test(table))
    add('signal.data.collection', `"${table}" is not of the form schema.table.`)
  return issues
}
