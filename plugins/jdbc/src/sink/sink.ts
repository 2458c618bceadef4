import { defineSink, errorMessage } from 'millrace/plugin'
import type { ConfigIssue, RawConfig } from 'millrace/plugin'
import { openDialect } from '../dialect.js'
import { databaseFailure } from '../failures.js'
import { parseJdbcUrl } from '../connection/jdbc-url.js'
import { insertModeOf, pkModeOf, sinkKeys, type SinkConfig } from './config.js'
import { JdbcSinkTask } from './sink-task.js'
import { mappingOf } from './table-names.js'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export const jdbcSink = defineSink({
  name: 'jdbc-sink',
  version: '10.9.0',
  summary: 'Writes records into tables of PostgreSQL, MySQL, MariaDB or SQLite, as the JDBC sink connector does.',
  aliases: ['io.confluent.connect.jdbc.JdbcSinkConnector', 'io.aiven.connect.jdbc.JdbcSinkConnector'],
  config: sinkKeys,
  tasks: ({ max }) => Array.from({ length: max }, () => null),
  effects: config => [
    `Writes into tables at ${placeOf(config)}.`,
    ...(config['auto.create'] ? ['Makes tables that are missing.'] : []),
    ...(config['auto.evolve'] ? ['Adds columns that are missing.'] : []),
  ],
  alterOffsets: () => true,

  async validate({ config, raw, signal, logger }) {
    const issues = sinkKeyIssues(config)
    if (issues.length > 0) return issues
    const problem = await connectionProblem(config, raw, signal, logger)
    if (problem === undefined) return []
    const login = config['connection.user'] === undefined ? [] : ['connection.user', 'connection.password']
    return ['connection.url', ...login].map(key => ({ key, message: problem }))
  },

  async check(config, signal) {
    const dialect = await openDialect(config, {}, silent)
    try {
      const session = await dialect.open(signal)
      await session.close()
    } catch (error) {
      throw databaseFailure(dialect, error, 'connecting')
    }
  },

  async open(context) {
    return new JdbcSinkTask(context, await openDialect(context.config, context.raw, context.logger))
  },
})

/** What is wrong with keys beside one another, all of it. */
export function sinkKeyIssues(config: SinkConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const add = (message: string, ...keys: (keyof SinkConfig)[]): void =>
    keys.forEach(key => issues.push({ key, message }))
  const pkMode = pkModeOf(config['pk.mode'])
  const mode = insertModeOf(config['insert.mode'])
  if (config['delete.enabled'] && pkMode !== 'record_key')
    add('Deletes are only supported for pk.mode record_key', 'delete.enabled', 'pk.mode')
  if (mode !== 'insert' && pkMode === 'none')
    add(`insert.mode=${mode} finds rows by their key, and pk.mode=none has none.`, 'insert.mode', 'pk.mode')
  if (pkMode === 'kafka' && config['pk.fields'].length !== 0 && config['pk.fields'].length !== 3)
    add('pk.mode=kafka needs exactly three names: for topic, partition and offset.', 'pk.fields')
  for (const entry of config['topics.to.tables.mapping']) {
    try {
      mappingOf(entry)
    } catch (error) {
      add(errorMessage(error), 'topics.to.tables.mapping')
    }
  }
  return issues
}

async function connectionProblem(
  config: SinkConfig,
  raw: RawConfig,
  signal: AbortSignal,
  logger: Parameters<typeof openDialect>[2],
): Promise<string | undefined> {
  try {
    const dialect = await openDialect(config, raw, logger)
    const session = await dialect.open(signal).catch((error: unknown) => {
      throw databaseFailure(dialect, error, 'connecting')
    })
    await session.close()
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

/** Without what may be secret. */
function placeOf(config: SinkConfig): string {
  try {
    const { dialect, hosts, database } = parseJdbcUrl(config['connection.url'], config['dialect.name'])
    const servers = hosts.map(({ host, port }) => `${host}:${port}`).join(',')
    return dialect === 'sqlite' ? database : `${servers}/${database}`
  } catch {
    return 'connection.url'
  }
}
