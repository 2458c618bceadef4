import { ofMillis, type Moment } from '@millrace/relational'
import { fatal, retry } from 'millrace/plugin'
import type { Session } from '../connection/session.js'
import type { Dialect, TableColumn, TableName } from '../dialect.js'
import { namingOf, quotesAlways, type Naming } from '../names.js'
import { modeOf, queryOf, usesNumbers, usesTimestamps, type SourceConfig } from './config.js'
import { partitionsOf } from './offset.js'
import { mustBeWrapped } from './statement.js'
import { columnMappings } from './table-choice.js'
import type { ReadTarget } from './table-reader.js'

/** What a task reads of a table: its columns by which rows are found are looked up now. */
export async function tableTarget(
  dialect: Dialect,
  session: Session,
  config: SourceConfig,
  table: TableName,
): Promise<ReadTarget> {
  const naming = namingOf(dialect, quotesAlways(config))
  const full = dialect.fullName(table)
  const columns = await dialect.columns(session, table)
  if (columns.length === 0)
    throw retry(`There is no table ${full}.`, {
      code: 'jdbc.table_missing',
      hint: 'It may have been dropped, or its name has other capitals.',
    })
  const idColumn = usesNumbers(config.mode) ? numberColumn(config, full, columns) : undefined
  const timeColumns = usesTimestamps(config.mode) ? columnsOf(config, full).times : []
  if (config['validate.non.null']) refuseNulls(full, columns, idColumn, timeColumns)
  const from = naming.table(table)
  return {
    ...common(config, naming),
    table: table.table,
    name: table,
    shown: full,
    topic: config['topic.prefix'].trim() + table.table,
    partition: partitionsOf(full, table.table)[0],
    select: `SELECT * FROM ${from}`,
    from,
    idColumn,
    timeColumns,
  }
}

export function queryTarget(dialect: Dialect, config: SourceConfig): ReadTarget {
  const naming = namingOf(dialect, quotesAlways(config))
  const query = queryOf(config).replace(/;\s*$/, '')
  const wrapped = `(${query}) millrace_query`
  return {
    ...common(config, naming),
    table: undefined,
    name: undefined,
    shown: 'the query',
    topic: config['topic.prefix'].trim(),
    partition: partitionsOf(undefined, '')[0],
    select: config.mode !== 'bulk' && mustBeWrapped(query) ? `SELECT * FROM ${wrapped}` : query,
    from: wrapped,
    idColumn: usesNumbers(config.mode) ? config['incrementing.column.name'] : undefined,
    timeColumns: usesTimestamps(config.mode) ? config['timestamp.column.name'] : [],
  }
}

function common(config: SourceConfig, { quote }: Naming) {
  return {
    mode: modeOf(config),
    quote,
    suffix: config['query.suffix'].trim(),
    delayMs: config['timestamp.delay.interval.ms'],
    initialTime: initialTime(config),
    initialId: config['incrementing.initial'],
  }
}

function initialTime(config: SourceConfig): Moment | 'now' {
  const ms = config['timestamp.initial'] ?? config['timestamp.initial.ms'] ?? 0
  return ms === -1 ? 'now' : ofMillis(ms)
}

/** The columns that the configuration names for a table, in the old way or the new one. */
function columnsOf(
  config: SourceConfig,
  full: string,
): { readonly number: string | undefined; readonly times: readonly string[] } {
  return {
    number: config['incrementing.column.name'] || mapped(config, 'incrementing.column.mapping', full)?.[0],
    times:
      config['timestamp.column.name'].length > 0
        ? config['timestamp.column.name']
        : (mapped(config, 'timestamp.columns.mapping', full) ?? []),
  }
}

type MappingKey = 'incrementing.column.mapping' | 'timestamp.columns.mapping'

function mapped(config: Pick<SourceConfig, MappingKey>, key: MappingKey, full: string): readonly string[] | undefined {
  const entries = config[key]
  if (entries.length === 0) return undefined
  const found = columnMappings(entries).filter(({ regex }) => regex.test(full))
  if (found.length === 1) return found[0]!.columns
  throw fatal(`${full} matches ${found.length} entries of ${key}; it must match exactly one.`, { code: 'jdbc.mapping' })
}

function numberColumn(config: SourceConfig, full: string, columns: readonly TableColumn[]): string {
  const named = columnsOf(config, full).number
  if (named !== undefined) return named
  const counted = columns.filter(column => column.counted)
  if (counted.length === 1) return counted[0]!.name
  const count = counted.length === 0 ? 'no column' : 'several columns'
  throw fatal(`${full} has ${count} that the database counts up.`, {
    code: 'jdbc.number_unknown',
    hint: 'Name the one to find rows by in incrementing.column.name.',
  })
}

function refuseNulls(
  full: string,
  columns: readonly TableColumn[],
  idColumn: string | undefined,
  timeColumns: readonly string[],
): void {
  const nullable = (name: string): boolean => columns.find(column => column.name === name)?.nullable ?? false
  if (idColumn !== undefined && nullable(idColumn))
    throw fatal(`${full}: "${idColumn}" may be null, so rows could be missed.`, {
      code: 'jdbc.nullable',
      hint: 'Make the column NOT NULL, or set validate.non.null=false.',
    })
  if (timeColumns.length > 0 && timeColumns.every(nullable))
    throw fatal(`${full}: ${timeColumns.map(name => `"${name}"`).join(', ')} may be null, so rows could be missed.`, {
      code: 'jdbc.nullable',
      hint: 'Make one of them NOT NULL, or set validate.non.null=false.',
    })
}
