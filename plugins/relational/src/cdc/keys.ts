import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'

export const decimalModes = ['precise', 'double', 'string'] as const
export type DecimalMode = (typeof decimalModes)[number]
export const timeModes = [
  'adaptive',
  'adaptive_time_microseconds',
  'connect',
  'isostring',
  'microseconds',
  'nanoseconds',
] as const
export type TimeMode = (typeof timeModes)[number]
export const binaryModes = ['bytes', 'base64', 'base64-url-safe', 'hex'] as const
export type BinaryMode = (typeof binaryModes)[number]
export const adjustments = ['none', 'avro', 'avro_unicode'] as const
export type Adjustment = (typeof adjustments)[number]

const connection = { group: 'Connection' } as const
const chosen = { group: 'Filters' } as const
const shape = { group: 'Records' } as const
const snapshot = { group: 'Snapshot' } as const
const advanced = { group: 'Advanced', importance: 'low' } as const

const operations = ['c', 'u', 'd', 't', 'none'] as const

/** The keys of Debezium's connectors that those for PostgreSQL, MySQL and MariaDB have in common. */
export const cdcKeys = {
  'topic.prefix': field.string({
    doc: 'The name that topics, schemas and offsets have of this database. Never change it: offsets would be lost.',
    importance: 'high',
    check: text => (/^[a-zA-Z0-9._-]+$/.test(text) ? undefined : 'may hold only letters, digits, ".", "_" and "-"'),
    ...connection,
  }),
  'database.hostname': field.string({
    doc: 'Where the database is.',
    importance: 'high',
    check: text => (/^[a-zA-Z0-9-_.:[\]]+$/.test(text) ? undefined : 'is no name or address of a host'),
    ...connection,
  }),
  'database.user': field.string({ doc: 'Who logs in.', importance: 'high', ...connection }),
  'database.password': field.password({
    doc: 'The password that goes with it.',
    importance: 'high',
    optional: true,
    ...connection,
  }),
  'database.query.timeout.ms': field.int({
    doc: 'How long a statement beside the snapshot may take, milliseconds; 0: as long as it takes.',
    default: 600_000,
    min: 0,
    ...advanced,
  }),
  'database.initial.statements': field.string({
    doc: 'Statements for each new connection, between semicolons; two stand for one.',
    optional: true,
    ...advanced,
  }),
  'table.include.list': field.list({
    doc: 'Tables to capture: regular expressions that match the whole name, in any case.',
    importance: 'high',
    default: [],
    ...chosen,
  }),
  'table.exclude.list': field.list({ doc: 'Tables to leave out, likewise.', default: [], ...chosen }),
  'column.include.list': field.list({
    doc: 'Columns to capture: regular expressions for whole names with schema and table. Those of the key stay in the key.',
    default: [],
    ...chosen,
  }),
  'column.exclude.list': field.list({ doc: 'Columns to leave out, likewise.', default: [], ...chosen }),
  'message.key.columns': field.string({
    doc: 'Keys of some tables: table:column,column;table:column, with regular expressions for tables.',
    optional: true,
    ...shape,
  }),
  'decimal.handling.mode': field.string({
    doc: 'How decimals stand in records: exactly, as doubles, or as texts.',
    default: 'precise',
    oneOf: decimalModes,
    ...shape,
  }),
  'binary.handling.mode': field.string({
    doc: 'How bytes stand in records.',
    importance: 'low',
    default: 'bytes',
    oneOf: binaryModes,
    ...shape,
  }),
  'include.unknown.datatypes': field.boolean({
    doc: 'Whether columns of types that are not known here stand in records as bytes.',
    importance: 'low',
    default: false,
    ...shape,
  }),
  'unavailable.value.placeholder': field.string({
    doc: 'What stands for a value that the database has not sent because it did not change; hex: before hexadecimal digits.',
    importance: 'low',
    default: '__debezium_unavailable_value',
    ...shape,
  }),
  'tombstones.on.delete': field.boolean({
    doc: 'Whether a record without a value follows each delete, so that compacted topics forget the key.',
    default: true,
    ...shape,
  }),
  'skipped.operations': field.list({
    doc: 'Operations to leave out: c, u, d, t (truncate), or none.',
    importance: 'low',
    default: ['t'],
    itemOneOf: operations,
    ...shape,
  }),
  'skip.messages.without.change': field.boolean({
    doc: 'Whether to leave out updates that change no column that is captured. Needs whole rows before the change.',
    importance: 'low',
    default: false,
    ...shape,
  }),
  'schema.name.adjustment.mode': field.string({
    doc: 'What becomes of names of schemas that a converter could refuse.',
    importance: 'low',
    default: 'none',
    oneOf: adjustments,
    ...shape,
  }),
  'field.name.adjustment.mode': field.string({
    doc: 'The same for names of fields.',
    importance: 'low',
    default: 'none',
    oneOf: adjustments,
    ...shape,
  }),
  'topic.delimiter': field.string({
    doc: 'What stands between the parts of a topic’s name.',
    importance: 'low',
    default: '.',
    nonEmpty: true,
    ...shape,
  }),
  'topic.naming.strategy': field.string({
    doc: 'How topics are named.',
    importance: 'low',
    default: 'io.debezium.schema.SchemaTopicNamingStrategy',
    oneOf: ['io.debezium.schema.SchemaTopicNamingStrategy', 'io.debezium.schema.DefaultTopicNamingStrategy'],
    ...shape,
  }),
  'topic.transaction': field.string({
    doc: 'The last part of the name of the topic of transactions.',
    importance: 'low',
    default: 'transaction',
    nonEmpty: true,
    ...shape,
  }),
  'provide.transaction.metadata': field.boolean({
    doc: 'Whether to tell of transactions: where each begins and ends, and where in it a change stands.',
    importance: 'low',
    default: false,
    ...shape,
  }),
  'extended.headers.enabled': field.boolean({
    doc: 'Whether records have headers that say which connector and task they are of.',
    importance: 'low',
    default: true,
    ...shape,
  }),
  'column.propagate.source.type': field.list({
    doc: 'Columns whose type in the database stands in their schema’s parameters: regular expressions.',
    importance: 'low',
    default: [],
    ...shape,
  }),
  'datatype.propagate.source.type': field.list({
    doc: 'The same by types: regular expressions for schema.type.',
    importance: 'low',
    default: [],
    ...shape,
  }),
  'snapshot.include.collection.list': field.list({
    doc: 'Of the captured tables those whose rows are read at the start: regular expressions. Empty: all.',
    default: [],
    ...snapshot,
  }),
  'snapshot.select.statement.overrides': field.list({
    doc: 'Tables read by a SELECT of your own, in snapshot.select.statement.overrides.<table>.',
    default: [],
    ...snapshot,
  }),
  'snapshot.fetch.size': field.int({
    doc: 'How many rows to fetch at a time.',
    default: 10_240,
    min: 1,
    ...snapshot,
  }),
  'snapshot.delay.ms': field.long({
    doc: 'How long to wait before the first rows are read, milliseconds.',
    importance: 'low',
    default: 0,
    min: 0,
    ...snapshot,
  }),
  'streaming.delay.ms': field.long({
    doc: 'How long to wait after the rows before changes are read, milliseconds.',
    importance: 'low',
    default: 0,
    min: 0,
    ...snapshot,
  }),
  'snapshot.lock.timeout.ms': field.long({
    doc: 'How long to wait for locks, milliseconds.',
    importance: 'low',
    default: 10_000,
    min: 0,
    ...snapshot,
  }),
  'snapshot.tables.order.by.row.count': field.string({
    doc: 'Whether small tables are read first, or large ones.',
    importance: 'low',
    default: 'disabled',
    oneOf: ['disabled', 'ascending', 'descending'],
    ...snapshot,
  }),
  'max.batch.size': field.int({
    doc: 'How many changes are handed on together at most.',
    default: 2_048,
    min: 1,
    ...advanced,
  }),
  'max.queue.size': field.int({
    doc: 'How many changes may wait to be handed on; the database waits when there are more.',
    default: 8_192,
    min: 1,
    ...advanced,
  }),
  'max.queue.size.in.bytes': field.long({
    doc: 'The same in bytes; 0: 64 MB.',
    default: 0,
    min: 0,
    ...advanced,
  }),
  'poll.interval.ms': field.long({
    doc: 'How long Debezium waits for changes, milliseconds. Without effect: they are handed on as they come.',
    default: 500,
    min: 1,
    ...advanced,
  }),
  'heartbeat.interval.ms': field.int({
    doc: 'How often to write a heartbeat, milliseconds; 0: never. How far the database was read is stored without them too.',
    default: 0,
    min: 0,
    group: 'Heartbeat',
  }),
  'heartbeat.topics.prefix': field.string({
    doc: 'What stands before the prefix in the name of the topic of heartbeats.',
    importance: 'low',
    default: '__debezium-heartbeat',
    group: 'Heartbeat',
  }),
  'topic.heartbeat.prefix': field.string({
    doc: 'The same by its newer name, which wins.',
    importance: 'low',
    optional: true,
    group: 'Heartbeat',
  }),
  'heartbeat.action.query': field.string({
    doc: 'A statement for each heartbeat, so that a database where nothing happens has something to tell.',
    optional: true,
    group: 'Heartbeat',
  }),
  'errors.max.retries': field.int({
    doc: 'How often in a row to try again what passes by itself; -1: for as long as it takes.',
    default: -1,
    min: -1,
    ...advanced,
  }),
  'retriable.restart.connector.wait.ms': field.long({
    doc: 'How long to wait before that, milliseconds.',
    default: 10_000,
    min: 0,
    ...advanced,
  }),
} as const

export type CdcConfig = ConfigOf<typeof cdcKeys>

/** Debezium's old names for keys, which its configurations still have. */
export const oldNames: Readonly<Record<string, string>> = {
  'database.server.name': 'topic.prefix',
  'table.whitelist': 'table.include.list',
  'table.blacklist': 'table.exclude.list',
  'schema.whitelist': 'schema.include.list',
  'schema.blacklist': 'schema.exclude.list',
  'database.whitelist': 'database.include.list',
  'database.blacklist': 'database.exclude.list',
  'column.whitelist': 'column.include.list',
  'column.blacklist': 'column.exclude.list',
}

/** Plugins for Debezium's JVM, which cannot be loaded here. */
export const jvmPlugins = ['converters', 'post.processors'] as const
