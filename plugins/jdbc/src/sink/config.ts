import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'
import { connectionKeys } from '../connection/keys.js'
import type { InsertMode } from '../dialect.js'
import { calendar, quoting } from '../source/config.js'

export const pkModes = ['none', 'kafka', 'record_key', 'record_value'] as const
export type PkMode = (typeof pkModes)[number]

const insertModes: Readonly<Record<string, InsertMode>> = {
  insert: 'insert',
  // Of Aiven: several rows in one statement, which is how all are written here.
  multi: 'insert',
  upsert: 'upsert',
  update: 'update',
}

export const sinkKeys = {
  ...connectionKeys,
  'insert.mode': field.string({
    doc: 'How rows are written: insert, upsert (by the key, so that the same records again change nothing), or update. multi is insert.',
    importance: 'high',
    default: 'insert',
    check: text =>
      insertModeOf(text) === undefined ? `must be one of ${Object.keys(insertModes).join(', ')}` : undefined,
    group: 'Writes',
  }),
  'batch.size': field.int({
    doc: 'How many rows one statement writes at most.',
    importance: 'medium',
    default: 3_000,
    min: 0,
    group: 'Writes',
  }),
  'delete.enabled': field.boolean({
    doc: 'Whether a record without a value deletes the row of its key. Needs pk.mode=record_key.',
    importance: 'medium',
    default: false,
    group: 'Writes',
  }),
  'table.types': field.list({
    doc: 'Kinds of tables to write into: TABLE, PARTITIONED TABLE, VIEW.',
    importance: 'low',
    default: ['TABLE'],
    group: 'Writes',
  }),
  'table.name.format': field.string({
    doc: 'The table of a topic; ${topic} is the topic. May begin with a schema or database and a dot.',
    importance: 'medium',
    default: '${topic}',
    nonEmpty: true,
    group: 'Data Mapping',
  }),
  'table.name.normalize': field.boolean({
    doc: 'Of Aiven: whether everything but letters, digits and "_" in a topic becomes "_".',
    importance: 'low',
    default: false,
    group: 'Data Mapping',
  }),
  'topics.to.tables.mapping': field.list({
    doc: 'Of Aiven: tables of some topics, topic:table; they win over table.name.format.',
    importance: 'medium',
    default: [],
    group: 'Data Mapping',
  }),
  'pk.mode': field.string({
    doc: 'Where the primary key comes from: nowhere, the record’s coordinates in Kafka, its key, or its value.',
    importance: 'high',
    default: 'none',
    check: text => (pkModeOf(text) === undefined ? `must be one of ${pkModes.join(', ')}` : undefined),
    group: 'Data Mapping',
  }),
  'pk.fields': field.list({
    doc: 'The fields of the key, or names for them; empty: all of the key or value, or __connect_topic, __connect_partition and __connect_offset.',
    importance: 'medium',
    default: [],
    group: 'Data Mapping',
  }),
  'fields.whitelist': field.list({
    doc: 'Fields of the value to write, beside those of the key; empty: all.',
    importance: 'medium',
    default: [],
    group: 'Data Mapping',
  }),
  'timestamp.fields.list': field.list({
    doc: 'Fields that count from the epoch and are written as timestamps.',
    importance: 'low',
    default: [],
    group: 'Data Mapping',
  }),
  'timestamp.precision.mode': field.string({
    doc: 'The unit in which those fields count.',
    importance: 'low',
    default: 'microseconds',
    oneOf: ['microseconds', 'nanoseconds'],
    group: 'Data Mapping',
  }),
  'date.timezone': field.string({
    doc: 'Whose date a Date is: that of UTC, which is what a record means, or of db.timezone, which may be the day before.',
    importance: 'low',
    default: 'DB_TIMEZONE',
    oneOf: ['DB_TIMEZONE', 'UTC'],
    group: 'Data Mapping',
  }),
  'date.calendar.system': calendar,
  'string.output.value.column.name': field.string({
    doc: 'The column of values that are one text.',
    importance: 'low',
    default: 'record_value',
    nonEmpty: true,
    group: 'Data Mapping',
  }),
  'replace.null.with.default': field.boolean({
    doc: 'Whether the default of its schema is written for a field that is null.',
    importance: 'medium',
    default: true,
    group: 'Data Mapping',
  }),
  'auto.create': field.boolean({
    doc: 'Whether a table that is missing is made.',
    importance: 'medium',
    default: false,
    group: 'DDL Support',
  }),
  'auto.evolve': field.boolean({
    doc: 'Whether columns that are missing are added. Nothing is ever dropped, renamed or changed.',
    importance: 'medium',
    default: false,
    group: 'DDL Support',
  }),
  'quote.sql.identifiers': quoting,
  'sql.quote.identifiers': field.boolean({
    doc: 'The same, by the name that the JDBC connector of Aiven has for it.',
    importance: 'low',
    optional: true,
    group: 'DDL Support',
  }),
  'max.retries': field.int({
    doc: 'How often in a row to try again what fails by itself before the task fails.',
    importance: 'medium',
    default: 10,
    min: 0,
    group: 'Retries',
  }),
  'retry.backoff.ms': field.int({
    doc: 'How long to wait before that, milliseconds.',
    importance: 'medium',
    default: 3_000,
    min: 0,
    group: 'Retries',
  }),
  'mssql.use.merge.holdlock': field.boolean({
    doc: 'Of SQL Server, which is not written to; without effect.',
    importance: 'low',
    default: true,
    group: 'Writes',
  }),
  'trim.sensitive.log': field.boolean({
    doc: 'Whether what the database says of a failure, which may show values, is left out of errors and logs.',
    importance: 'low',
    default: false,
    group: 'Writes',
  }),
} as const

export type SinkConfig = ConfigOf<typeof sinkKeys>

/** All lower or all upper case, as the JDBC connector has it. */
function caseOf<T>(text: string, values: Readonly<Record<string, T>>): T | undefined {
  const lower = text.toLowerCase()
  return text === lower || text === text.toUpperCase() ? values[lower] : undefined
}

export function insertModeOf(text: string): InsertMode | undefined {
  return caseOf(text, insertModes)
}

export function pkModeOf(text: string): PkMode | undefined {
  return caseOf(text, Object.fromEntries(pkModes.map(mode => [mode, mode])))
}
