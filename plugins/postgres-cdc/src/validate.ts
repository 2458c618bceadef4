import { errorMessage } from 'millrace/plugin'
import type { ConfigIssue, PlanContext } from 'millrace/plugin'
import { jvmPlugins, keyColumns, oldNames, regexProblem, signalIssues, textRules } from '@millrace/relational'
import type pg from 'pg'
import type { PostgresConfig } from './config.js'
import { connect, rowsOf } from './connections.js'
import { postgresFailure } from './failures.js'

type Context = Omit<PlanContext<PostgresConfig>, 'watch'>

const regexLists = [
  'schema.include.list',
  'schema.exclude.list',
  'table.include.list',
  'table.exclude.list',
  'column.include.list',
  'column.exclude.list',
  'snapshot.include.collection.list',
  'message.prefix.include.list',
  'message.prefix.exclude.list',
] as const
const exclusive = [
  ['schema.include.list', 'schema.exclude.list'],
  ['table.include.list', 'table.exclude.list'],
  ['column.include.list', 'column.exclude.list'],
  ['message.prefix.include.list', 'message.prefix.exclude.list'],
] as const

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
  if (
    config['signal.enabled.channels'].includes('file') &&
    config['signal.data.collection'] === undefined &&
    !config['read.only']
  )
    add('signal.data.collection', 'It must be set for the marks of incremental snapshots, or set read.only=true.')
  if (config['max.queue.size'] <= config['max.batch.size'])
    add('max.queue.size', 'It must be larger than max.batch.size.')
  for (const [old, young] of Object.entries(oldNames))
    if (raw[old] !== undefined && raw[old] !== null) add(old, `Debezium 2 has renamed it: use "${young}".`)
  for (const key of jvmPlugins) if (raw[key]) add(key, 'It is not supported here.')
  for (const table of config['snapshot.select.statement.overrides'])
    if (!raw[`snapshot.select.statement.overrides.${table}`])
      add('snapshot.select.statement.overrides', `There is no "snapshot.select.statement.overrides.${table}".`)
  return issues
}

async function serverIssues({ config }: Context): Promise<readonly ConfigIssue[]> {
  let client: pg.Client
  try {
    client = await connect(config)
  } catch (error) {
    const { message } = postgresFailure(error, 'connecting')
    return ['database.hostname', 'database.user', 'database.password'].map(key => ({ key, message }))
  }
  try {
    const [row] = await rowsOf(
      client,
      `SELECT current_setting('wal_level'), rolreplication OR rolsuper OR pg_has_role(oid, to_regrole('rds_replication'), 'USAGE') FROM pg_roles WHERE rolname = current_user`,
    )
    const issues: ConfigIssue[] = []
    if (row?.[0] !== 'logical')
      issues.push({
        key: 'database.hostname',
        message: `The server's wal_level is "${row?.[0]}" and must be "logical": set it in postgresql.conf and restart the server.`,
      })
    if (row?.[1] !== 't')
      issues.push({
        key: 'database.user',
        message: `The user "${config['database.user']}" has no right to replicate: ALTER ROLE "${config['database.user']}" REPLICATION.`,
      })
    return issues
  } catch (error) {
    return [{ key: 'database.hostname', message: postgresFailure(error, 'looking at the server').message }]
  } finally {
    await client.end().catch(() => undefined)
  }
}
