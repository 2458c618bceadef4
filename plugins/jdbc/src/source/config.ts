import { fatal, field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'
import { connectionKeys } from '../connection/keys.js'
import { granularities } from '../types/temporal.js'

const modes = ['bulk', 'incrementing', 'timestamp', 'timestamp+incrementing'] as const
export type Mode = (typeof modes)[number]

export const quoting = field.string({
  doc: 'Whether names are quoted in statements: always or never, in any case.',
  importance: 'medium',
  default: 'ALWAYS',
  check: text => (/^(always|never)$/i.test(text) ? undefined : 'must be ALWAYS or NEVER'),
  group: 'Connector',
})

export const calendar = field.string({
  doc: 'The calendar of dates before 1582-10-15. They are written as the database prints them, in the calendar of today extended backwards, whatever stands here.',
  importance: 'low',
  default: 'LEGACY',
  oneOf: ['LEGACY', 'PROLEPTIC_GREGORIAN'],
  group: 'Connector',
})

export const sourceKeys = {
  ...connectionKeys,
  mode: field.string({
    doc: 'How to find what to read: all of it each time (bulk), rows with a higher number, a later timestamp, or both.',
    importance: 'high',
    default: '',
    oneOf: ['', ...modes],
    group: 'Mode',
  }),
  'incrementing.column.name': field.string({
    doc: 'The column whose number grows with each row. Empty: the one that the database counts up.',
    importance: 'medium',
    default: '',
    group: 'Mode',
  }),
  'incrementing.column.mapping': field.list({
    doc: 'The same for several tables, regex:column; each table must match exactly one.',
    importance: 'medium',
    default: [],
    group: 'Mode',
  }),
  'incrementing.initial': field.long({
    doc: 'Rows with a higher number are read where nothing was before.',
    importance: 'low',
    default: -1,
    min: -1,
    group: 'Mode',
  }),
  'timestamp.column.name': field.list({
    doc: 'The columns that say when a row has changed; the first that is not null counts.',
    importance: 'medium',
    default: [],
    group: 'Mode',
  }),
  'timestamp.columns.mapping': field.list({
    doc: 'The same for several tables, regex:[column|column]; each table must match exactly one.',
    importance: 'medium',
    default: [],
    group: 'Mode',
  }),
  'timestamp.initial': field.long({
    doc: 'Rows that have changed after it are read where nothing was before, milliseconds since the epoch; -1: from now on.',
    importance: 'low',
    optional: true,
    group: 'Mode',
  }),
  'timestamp.initial.ms': field.long({
    doc: 'The same, by the name that the JDBC connector of Aiven has for it.',
    importance: 'low',
    optional: true,
    group: 'Mode',
  }),
  'timestamp.delay.interval.ms': field.long({
    doc: 'How old a change must be to be read, milliseconds: time for transactions that have begun earlier to end.',
    importance: 'high',
    default: 0,
    group: 'Mode',
  }),
  'timestamp.granularity': field.string({
    doc: 'How timestamps stand in records: as Connect’s Timestamp with whole milliseconds, or with all that there is.',
    importance: 'low',
    default: 'connect_logical',
    oneOf: granularities,
    group: 'Connector',
  }),
  'validate.non.null': field.boolean({
    doc: 'Whether to refuse tables whose number may be null, or all of whose timestamps may.',
    importance: 'low',
    default: true,
    group: 'Mode',
  }),
  'table.whitelist': field.list({
    doc: 'Tables to read, by name.',
    importance: 'medium',
    default: [],
    group: 'Database',
  }),
  'table.blacklist': field.list({
    doc: 'Tables to leave out, by name.',
    importance: 'medium',
    default: [],
    group: 'Database',
  }),
  'table.include.list': field.list({
    doc: 'Tables to read: regular expressions that match the whole of schema.table.',
    importance: 'medium',
    default: [],
    group: 'Database',
  }),
  'table.exclude.list': field.list({
    doc: 'Tables to leave out of those; needs table.include.list.',
    importance: 'medium',
    default: [],
    group: 'Database',
  }),
  'table.types': field.list({
    doc: 'Kinds of tables to read: TABLE, VIEW, PARTITIONED TABLE, MATERIALIZED VIEW, FOREIGN TABLE, SYSTEM TABLE.',
    importance: 'low',
    default: ['TABLE'],
    group: 'Connector',
  }),
  'catalog.pattern': field.string({
    doc: 'Catalogues (of MySQL: databases) to look for tables in, as a LIKE pattern.',
    importance: 'medium',
    optional: true,
    group: 'Database',
  }),
  'schema.pattern': field.string({
    doc: 'Schemas to look for tables in, as a LIKE pattern.',
    importance: 'high',
    optional: true,
    group: 'Database',
  }),
  'table.poll.interval.ms': field.long({
    doc: 'How often to look for new tables, milliseconds.',
    importance: 'low',
    default: 60_000,
    min: 1,
    group: 'Connector',
  }),
  query: field.string({
    doc: 'A SELECT to read instead of tables.',
    importance: 'medium',
    default: '',
    group: 'Mode',
  }),
  'query.masked': field.password({
    doc: 'The same, hidden wherever it would be shown.',
    importance: 'low',
    optional: true,
    group: 'Mode',
  }),
  'query.suffix': field.string({
    doc: 'What to put at the end of each statement, such as LIMIT 100.',
    importance: 'low',
    default: '',
    group: 'Mode',
  }),
  'query.retry.attempts': field.int({
    doc: 'How often in a row a statement may fail by what passes by itself before the task fails; 0 or less: no limit.',
    importance: 'low',
    default: -1,
    group: 'Mode',
  }),
  'quote.sql.identifiers': quoting,
  'sql.quote.identifiers': field.boolean({
    doc: 'The same, by the name that the JDBC connector of Aiven has for it.',
    importance: 'low',
    optional: true,
    group: 'Connector',
  }),
  'topic.prefix': field.string({
    doc: 'What stands before the table’s name in the name of its topic; for a query, the topic.',
    importance: 'high',
    default: '',
    check: text => {
      if (text.trim().length > 249) return 'may have 249 characters at most'
      return /^[a-zA-Z0-9._-]*$/.test(text.trim()) ? undefined : 'may hold only letters, digits, ".", "_" and "-"'
    },
    group: 'Connector',
  }),
  'poll.interval.ms': field.int({
    doc: 'How long to wait after a table was read before it is read again, milliseconds.',
    importance: 'high',
    default: 5_000,
    min: 0,
    group: 'Connector',
  }),
  'batch.max.rows': field.int({
    doc: 'How many rows to fetch at a time.',
    importance: 'low',
    default: 1_000,
    min: 1,
    group: 'Connector',
  }),
  'numeric.mapping': field.string({
    doc: 'How NUMERIC columns stand in records: exactly as Decimal (none), as whole numbers where they are (precision_only), as the best primitive type (best_fit, best_fit_eager_double).',
    importance: 'low',
    optional: true,
    oneOf: ['none', 'precision_only', 'best_fit', 'best_fit_eager_double'],
    group: 'Connector',
  }),
  'numeric.precision.mapping': field.boolean({
    doc: 'Deprecated: true means numeric.mapping=precision_only, where that is not set.',
    importance: 'low',
    default: false,
    group: 'Connector',
  }),
  'sqlite.integer.mapping': field.string({
    doc: 'Whether INTEGER columns of SQLite, which hold 64 bits, are INT32 as with JDBC, or INT64.',
    importance: 'low',
    default: 'int32',
    oneOf: ['int32', 'int64'],
    group: 'Connector',
  }),
  'transaction.isolation.mode': field.string({
    doc: 'The isolation level that statements run in.',
    importance: 'medium',
    default: 'DEFAULT',
    oneOf: ['DEFAULT', 'READ_UNCOMMITTED', 'READ_COMMITTED', 'REPEATABLE_READ', 'SERIALIZABLE', 'SQL_SERVER_SNAPSHOT'],
    group: 'Connector',
  }),
  'date.calendar.system': calendar,
  'max.buffer.size': field.int({
    doc: 'Rows that may wait between reader and topic. Without effect: rows are fetched when there is room for them.',
    importance: 'low',
    default: 0,
    min: 0,
    group: 'Connector',
  }),
  'poll.linger.ms': field.long({
    doc: 'How long a poll waits for rows, milliseconds. Without effect: rows are handed on as they come.',
    importance: 'low',
    default: 5_000,
    min: 0,
    group: 'Connector',
  }),
} as const

export type SourceConfig = ConfigOf<typeof sourceKeys>

/** The query, where there is one instead of tables. */
export function queryOf(config: Pick<SourceConfig, 'query' | 'query.masked'>): string {
  return (config.query || (config['query.masked']?.reveal() ?? '')).trim()
}

/** Throws where validation was passed over. */
export function modeOf({ mode }: Pick<SourceConfig, 'mode'>): Mode {
  if (mode !== '') return mode
  throw fatal('"mode" is not set.', { code: 'jdbc.no_mode', hint: `It is one of ${modes.join(', ')}.` })
}

export function usesTimestamps(mode: Mode | ''): boolean {
  return mode === 'timestamp' || mode === 'timestamp+incrementing'
}

export function usesNumbers(mode: Mode | ''): boolean {
  return mode === 'incrementing' || mode === 'timestamp+incrementing'
}
