import { fatal } from 'millrace/plugin'
import type { Dialect, TableName } from '../dialect.js'
import type { SinkConfig } from './config.js'

type Format = Pick<SinkConfig, 'table.name.format' | 'table.name.normalize' | 'topics.to.tables.mapping'>

/** The table of a topic, remembered. */
export function tableNamer(config: Format, dialect: Pick<Dialect, 'tableNamed'>): (topic: string) => TableName {
  const mapped = new Map(config['topics.to.tables.mapping'].map(mappingOf))
  const known = new Map<string, TableName>()
  return topic => {
    const found = known.get(topic)
    if (found !== undefined) return found
    const part = config['table.name.normalize'] ? topic.replace(/[^a-zA-Z0-9_]/g, '_') : topic
    const text = mapped.get(topic) ?? config['table.name.format'].replaceAll('${topic}', () => part)
    const table = dialect.tableNamed(text)
    if (table.table === '')
      throw fatal(`The topic ${topic} has no table: its name would be empty.`, {
        code: 'jdbc.table_name',
        hint: 'See table.name.format.',
      })
    known.set(topic, table)
    return table
  }
}

/** `topic:table`. Throws for what is none. */
export function mappingOf(entry: string): [topic: string, table: string] {
  const at = entry.indexOf(':')
  const [topic, table] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()]
  if (at > 0 && topic !== '' && table !== '') return [topic, table]
  throw fatal(`"${entry}" is not of the form topic:table.`, { code: 'jdbc.mapping' })
}
