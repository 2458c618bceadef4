import { errorMessage } from 'millrace/plugin'
import type { ConfigIssue, PlanContext } from 'millrace/plugin'
import { openDialect, type Dialect } from '../dialect.js'
import { databaseFailure } from '../failures.js'
import type { Session } from '../connection/session.js'
import { queryOf, usesNumbers, usesTimestamps, type SourceConfig } from './config.js'
import { columnMappings, wholeRegex } from './table-choice.js'

const filters = ['table.whitelist', 'table.blacklist', 'table.include.list', 'table.exclude.list'] as const

/** What the JDBC connector refuses, in about its words: first by the keys alone, then by trying the database. */
export async function validateSource(
  context: Omit<PlanContext<SourceConfig>, 'watch'>,
): Promise<readonly ConfigIssue[]> {
  const issues = keyIssues(context.config)
  if (issues.length > 0) return issues
  let dialect: Dialect
  try {
    dialect = await openDialect(context.config, context.raw, context.logger)
  } catch (error) {
    return [{ key: 'connection.url', message: errorMessage(error) }]
  }
  return databaseIssues(context, dialect)
}

/** What is wrong with keys beside one another, all of it. */
export function keyIssues(config: SourceConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const add = (message: string, ...keys: (keyof SourceConfig)[]): void =>
    keys.forEach(key => issues.push({ key, message }))
  const { mode } = config
  const query = queryOf(config)
  const set = (key: keyof SourceConfig): boolean => (config[key] as readonly string[] | string).length > 0
  const used = filters.filter(set)

  if (mode === '') add('Query mode must be specified.', 'mode')
  if (config.query && config['query.masked'])
    add('Both "query" and "query.masked" are set; only one may be.', 'query', 'query.masked')
  if (query !== '' && used.length > 0) add('A query and filters of tables exclude each other.', 'query', ...used)
  if (query !== '' && !/^\s*(select|with)\b/i.test(query))
    add('The query must begin with SELECT.', config.query ? 'query' : 'query.masked')
  if (set('table.exclude.list') && !set('table.include.list'))
    add('"table.exclude.list" needs "table.include.list".', 'table.exclude.list')
  if (set('table.whitelist') && set('table.blacklist'))
    add('"table.whitelist" and "table.blacklist" exclude each other.', 'table.whitelist', 'table.blacklist')
  for (const [old, young] of [
    ['table.whitelist', 'table.include.list'],
    ['table.blacklist', 'table.include.list'],
    ['incrementing.column.name', 'incrementing.column.mapping'],
    ['timestamp.column.name', 'timestamp.columns.mapping'],
  ] as const)
    if (set(old) && set(young)) add(`"${old}" and "${young}" exclude each other.`, old, young)
  for (const key of ['table.include.list', 'table.exclude.list'] as const)
    for (const source of config[key]) {
      const problem = regexProblem(source)
      if (problem !== undefined) add(problem, key)
    }

  const mappings = ['incrementing.column.mapping', 'timestamp.columns.mapping'] as const
  for (const key of mappings) {
    try {
      columnMappings(config[key])
    } catch (error) {
      add(errorMessage(error), key)
    }
  }
  if (query !== '' && usesNumbers(mode) && !set('incrementing.column.name'))
    add('With a query, "incrementing.column.name" says by which column to find rows.', 'incrementing.column.name')
  if (!usesNumbers(mode) && set('incrementing.column.mapping'))
    add(`mode=${mode} has no use for it.`, 'incrementing.column.mapping')
  if (!usesTimestamps(mode) && set('timestamp.columns.mapping'))
    add(`mode=${mode} has no use for it.`, 'timestamp.columns.mapping')
  if (usesTimestamps(mode) && !set('timestamp.column.name') && !set('timestamp.columns.mapping'))
    add(`mode=${mode} needs the columns that say when a row has changed.`, 'timestamp.column.name')
  return issues
}

function regexProblem(source: string): string | undefined {
  try {
    wholeRegex(source)
    return undefined
  } catch (error) {
    return `"${source}" is no regular expression: ${errorMessage(error)}`
  }
}

async function databaseIssues(
  { config, signal }: Omit<PlanContext<SourceConfig>, 'watch'>,
  dialect: Dialect,
): Promise<readonly ConfigIssue[]> {
  let session: Session | undefined
  try {
    session = await dialect.open(signal)
  } catch (error) {
    const message = databaseFailure(dialect, error, 'connecting').message
    const keys = [
      'connection.url',
      ...(config['connection.user'] === undefined ? [] : ['connection.user', 'connection.password']),
    ]
    return keys.map(key => ({ key, message }))
  }
  try {
    const query = queryOf(config).replace(/;\s*$/, '')
    if (query !== '') await session.query(`SELECT * FROM (${query}) millrace_query WHERE 1 = 0`)
    return []
  } catch (error) {
    const key = config.query ? 'query' : 'query.masked'
    return [{ key, message: databaseFailure(dialect, error, 'preparing the query').message }]
  } finally {
    await session.close().catch(() => undefined)
  }
}
