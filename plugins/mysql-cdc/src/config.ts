import { cdcKeys, signalKeys, timeModes } from '@millrace/relational'
import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'

const connection = { group: 'Connection' } as const
const binlog = { group: 'Binlog' } as const
const history = { group: 'Schema history', importance: 'low' } as const
const low = { importance: 'low' } as const

export const snapshotModes = [
  'initial',
  'always',
  'initial_only',
  'when_needed',
  'no_data',
  'schema_only',
  'recovery',
  'schema_only_recovery',
  'never',
  'configuration_based',
] as const

export const lockingModes = [
  'minimal',
  'minimal_percona',
  'minimal_percona_no_table_locks',
  'minimal_at_least_once',
  'extended',
  'none',
] as const

const failureModes = ['fail', 'warn', 'skip', 'ignore'] as const

/** What both connectors have. */
const binlogKeys = {
  ...cdcKeys,
  ...signalKeys,
  'database.port': field.int({
    doc: 'Its port.',
    importance: 'high',
    default: 3306,
    min: 1,
    max: 65_535,
    ...connection,
  }),
  'database.ssl.keystore': field.string({
    doc: 'File with the client’s certificate and key, PEM.',
    optional: true,
    ...connection,
  }),
  'database.ssl.keystore.password': field.password({
    doc: 'The password of that key.',
    optional: true,
    ...connection,
  }),
  'database.ssl.truststore': field.string({
    doc: 'File with the certificates of authorities, PEM.',
    optional: true,
    ...connection,
  }),
  'connect.timeout.ms': field.int({
    doc: 'How long connecting may take, milliseconds.',
    default: 30_000,
    min: 1,
    ...connection,
  }),
  'database.server.id': field.long({
    doc: 'The number of this connector among the replicas of the server, unlike all others. Unset: one made of the name of the connector.',
    importance: 'high',
    optional: true,
    min: 1,
    max: 4_294_967_295,
    ...binlog,
  }),
  'gtid.source.includes': field.list({
    doc: 'Sources (regular expressions: UUIDs on MySQL, domain-server on MariaDB) whose GTIDs count where to go on.',
    default: [],
    ...low,
    ...binlog,
  }),
  'gtid.source.excludes': field.list({ doc: 'Sources whose GTIDs do not count.', default: [], ...low, ...binlog }),
  'gtid.source.filter.dml.events': field.boolean({
    doc: 'Whether changes of sources that do not count are left out.',
    default: true,
    ...low,
    ...binlog,
  }),
  'include.query': field.boolean({
    doc: 'Whether records carry the statement that made the change. The server must log it: binlog_rows_query_log_events on MySQL, binlog_annotate_row_events on MariaDB.',
    default: false,
    ...low,
    ...binlog,
  }),
  'include.schema.changes': field.boolean({
    doc: 'Whether changes of tables’ definitions go to the topic named as topic.prefix.',
    default: true,
    ...binlog,
  }),
  'event.deserialization.failure.handling.mode': field.string({
    doc: 'What becomes of an event of the binlog that cannot be read: the task fails, or the event is passed over, with a warning or without.',
    default: 'fail',
    oneOf: failureModes,
    ...low,
    ...binlog,
  }),
  'inconsistent.schema.handling.mode': field.string({
    doc: 'What becomes of changes whose table does not look as the server says it does: the task fails, or they are passed over, with a warning or without.',
    default: 'fail',
    oneOf: ['fail', 'warn', 'skip'],
    ...low,
    ...binlog,
  }),
  'database.include.list': field.list({
    doc: 'Databases to capture: regular expressions.',
    importance: 'high',
    default: [],
    group: 'Filters',
  }),
  'database.exclude.list': field.list({ doc: 'Databases to leave out.', default: [], group: 'Filters' }),
  'topic.naming.strategy': field.string({
    doc: 'How topics are named; both names mean prefix, database and table.',
    ...low,
    default: 'io.debezium.schema.DefaultTopicNamingStrategy',
    oneOf: ['io.debezium.schema.DefaultTopicNamingStrategy', 'io.debezium.schema.SchemaTopicNamingStrategy'],
    group: 'Records',
  }),
  'time.precision.mode': field.string({
    doc: 'How dates and times stand in records: by what the column keeps, as Connect’s types, as texts, or in one unit.',
    default: 'adaptive_time_microseconds',
    oneOf: timeModes.filter(mode => mode !== 'adaptive'),
    group: 'Records',
  }),
  'bigint.unsigned.handling.mode': field.string({
    doc: 'How BIGINT UNSIGNED stands in records: as a long, which is negative from 2^63 on, or exactly, as a decimal.',
    default: 'long',
    oneOf: ['long', 'precise'],
    group: 'Records',
  }),
  'enable.time.adjuster': field.boolean({
    doc: 'Whether years before 100 count as those of this century and the last one, as MySQL reads two digits.',
    default: true,
    ...low,
    group: 'Records',
  }),
  'snapshot.mode': field.string({
    doc: 'When rows that are there are read: at the first start (initial), always, at the first start and nothing after it (initial_only), never (no_data), or also where changes were lost (when_needed). recovery goes on from the stored offset.',
    importance: 'high',
    default: 'initial',
    oneOf: snapshotModes,
    group: 'Snapshot',
  }),
  'snapshot.locking.mode': field.string({
    doc: 'How long other clients cannot write: while the snapshot begins (minimal), while it lasts (extended), or not at all (none), where nobody may change tables’ definitions meanwhile.',
    default: 'minimal',
    oneOf: lockingModes,
    group: 'Snapshot',
  }),
  'min.row.count.to.stream.results': field.int({
    doc: 'Taken over from Debezium: rows are always read as they come.',
    default: 1_000,
    min: 0,
    ...low,
    group: 'Snapshot',
  }),
  'snapshot.mode.configuration.based.snapshot.data': field.boolean({
    doc: 'snapshot.mode=configuration_based: whether rows are read.',
    default: false,
    ...low,
    group: 'Snapshot',
  }),
  'snapshot.mode.configuration.based.start.stream': field.boolean({
    doc: 'snapshot.mode=configuration_based: whether changes are read.',
    default: false,
    ...low,
    group: 'Snapshot',
  }),
  'schema.history.internal': field.string({
    doc: 'Taken over from Debezium: no history of tables’ definitions is needed here, so none is kept and none is read.',
    optional: true,
    ...history,
  }),
  'schema.history.internal.kafka.topic': field.string({ doc: 'Likewise.', optional: true, ...history }),
  'schema.history.internal.kafka.bootstrap.servers': field.string({ doc: 'Likewise.', optional: true, ...history }),
} as const

export const mysqlKeys = {
  ...binlogKeys,
  'database.ssl.mode': field.string({
    doc: 'Whether the connection is encrypted, and what is checked.',
    default: 'preferred',
    oneOf: ['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'],
    ...connection,
  }),
} as const

export const mariadbKeys = {
  ...binlogKeys,
  'database.ssl.mode': field.string({
    doc: 'Whether the connection is encrypted, and what is checked.',
    default: 'disable',
    oneOf: ['disable', 'trust', 'verify-ca', 'verify-full'],
    ...connection,
  }),
} as const

export type BinlogConfig = ConfigOf<typeof mysqlKeys> | ConfigOf<typeof mariadbKeys>

/** What a snapshot mode does, given whether a whole snapshot is stored already. */
export function snapshotPlan(
  config: Pick<
    BinlogConfig,
    | 'snapshot.mode'
    | 'snapshot.mode.configuration.based.snapshot.data'
    | 'snapshot.mode.configuration.based.start.stream'
  >,
  done: boolean,
): { readonly data: boolean; readonly stream: boolean } {
  switch (config['snapshot.mode']) {
    case 'initial':
    case 'when_needed':
      return { data: !done, stream: true }
    case 'always':
      return { data: true, stream: true }
    case 'initial_only':
      return { data: !done, stream: false }
    case 'no_data':
    case 'schema_only':
    case 'recovery':
    case 'schema_only_recovery':
    case 'never':
      return { data: false, stream: true }
    case 'configuration_based':
      return {
        data: config['snapshot.mode.configuration.based.snapshot.data'] && !done,
        stream: config['snapshot.mode.configuration.based.start.stream'],
      }
  }
}

/** Whether a chunk’s end is marked by deleting the row of its beginning. */
export function isInsertDelete(config: BinlogConfig): boolean {
  return config['incremental.snapshot.watermarking.strategy'].toUpperCase() === 'INSERT_DELETE'
}
