import { errorMessage } from 'millrace/plugin'
import type { ConfigIssue, PlanContext } from 'millrace/plugin'
import { jvmPlugins, keyColumns, oldNames, regexProblem, signalIssues, textRules } from '@millrace/relational'
import type { Connection } from 'mysql2'
import type { BinlogConfig } from './config.js'
import { closed, connect, rowsOf } from './connections.js'
import { binlogFailure } from './failures.js'
import { serverFacts, serverProblems } from './server.js'

type Context = Omit<PlanContext<BinlogConfig>, 'watch'>

const regexLists = [
  'database.include.list',
  'database.exclude.list',
  'table.include.list',
  'table.exclude.list',
  'column.include.list',
  'column.exclude.list',
  'snapshot.include.collection.list',
  'gtid.source.includes',
  'gtid.source.excludes',
] as const
const exclusive = [
  ['database.include.list', 'database.exclude.list'],
  ['table.include.list', 'table.exclude.list'],
  ['column.include.list', 'column.exclude.list'],
  ['gtid.source.includes', 'gtid.source.excludes'],
] as const
const pemKeys = ['database.ssl.keystore', 'database.ssl.truststore'] as const

/** First by the keys alone, then by trying the server. */
export async function validate(context: Context): Promise<readonly ConfigIssue[]> {
  const issues = keyIssues(context)
  return issues.length > 0 ? issues : serverIssues(context)
}

/** What is wrong with keys beside one another, all of it. */
export function keyIssues({ config, raw }: Pick<Context, 'config' | 'raw'>): ConfigIssue[] {
  const issues: ConfigIssue[] = [...textRules(raw).issues, ...signalIssues(config)]
  const add = (key: string, message: string): void => void issues.push({ key, message })
  for (const key of regexLists)
    for (const source of config[key]) {
      const problem = regexProblem(source)
      if (problem !== undefined) add(key, `"${source}" is no regular expression: ${problem}`)
    }
  for (const [one, other] of exclusive)
    if (config[one].length > 0 && config[other].length > 0) add(other, `"${one}" and "${other}" exclude each other.`)
  try {
    keyColumns(config['message.key.columns'])
  } catch (error) {
    add('message.key.columns', errorMessage(error))
  }
  if (config['max.queue.size'] <= config['max.batch.size'])
    add('max.queue.size', 'It must be larger than max.batch.size.')
  for (const [old, young] of Object.entries(oldNames))
    if (raw[old] !== undefined && raw[old] !== null) add(old, `Debezium 2 has renamed it: use "${young}".`)
  if (config['signal.enabled.channels'].includes('file') && config['signal.data.collection'] === undefined)
    add('signal.data.collection', 'It must be set for the marks of incremental snapshots.')
  if (/^true$/i.test(raw['read.only'] ?? ''))
    add('read.only', 'It is not supported here: incremental snapshots write their marks to the signal table.')
  for (const key of jvmPlugins) if (raw[key]) add(key, 'It is not supported here.')
  for (const key of pemKeys)
    if (/\.(jks|p12|pfx|keystore|truststore)$/i.test(config[key] ?? ''))
      add(key, 'It must be a PEM file here: keytool and openssl convert Java’s key stores.')
  for (const table of config['snapshot.select.statement.overrides'])
    if (!raw[`snapshot.select.statement.overrides.${table}`])
      add('snapshot.select.statement.overrides', `There is no "snapshot.select.statement.overrides.${table}".`)
  return issues
}

async function serverIssues({ config }: Context): Promise<readonly ConfigIssue[]> {
  let connection: Connection
  try {
    connection = await connect(config)
  } catch (error) {
    const { message } = binlogFailure(error, 'connecting')
    return ['database.hostname', 'database.user', 'database.password'].map(key => ({ key, message }))
  }
  try {
    const facts = await serverFacts(connection)
    const issues = serverProblems(facts).map(message => ({ key: 'database.hostname', message }))
    return [...issues, ...missingRights(await rowsOf(connection, 'SHOW GRANTS'), config)]
  } catch (error) {
    return [{ key: 'database.hostname', message: binlogFailure(error, 'looking at the server').message }]
  } finally {
    await closed(connection)
  }
}

/** Without these no change can be read. Rights that come by a role are not looked at, so nothing is said where one is granted. */
function missingRights(grants: readonly (readonly (string | null)[])[], config: BinlogConfig): readonly ConfigIssue[] {
  const text = grants.map(([grant]) => (grant ?? '').toUpperCase()).join('\n')
  if (/ALL PRIVILEGES ON \*\.\*|^GRANT (?!.* ON ).* TO /m.test(text)) return []
  if (/REPLICATION SLAVE|REPLICATION REPLICA/.test(text)) return []
  const user = config['database.user']
  return [
    {
      key: 'database.user',
      message: `The user "${user}" may not read the binlog: GRANT REPLICATION SLAVE ON *.* TO "${user}".`,
    },
  ]
}
