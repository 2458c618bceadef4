import { cdcKeys, signalKeys, timeModes } from '@millrace/relational'
import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'

const connection = { group: 'Connection' } as const
const replication = { group: 'Replication' } as const
const advanced = { group: 'Advanced', importance: 'low' } as const

export const snapshotModes = [
  'initial',
  'always',
  'initial_only',
  'no_data',
  'never',
  'when_needed',
  'configuration_based',
] as const

export const keys = {
  ...cdcKeys,
  ...signalKeys,
  'database.port': field.int({
    doc: 'Its port.',
    importance: 'high',
    default: 5432,
    min: 1,
    max: 65_535,
    ...connection,
  }),
  'database.dbname': field.string({
    doc: 'The database whose tables are captured.',
    importance: 'high',
    ...connection,
  }),
  'database.sslmode': field.string({
    doc: 'Whether the connection is encrypted, and what is checked.',
    default: 'prefer',
    oneOf: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
    ...connection,
  }),
  'database.sslrootcert': field.string({
    doc: 'File with the certificates of authorities, PEM.',
    optional: true,
    ...connection,
  }),
  'database.sslcert': field.string({ doc: 'File with the client’s certificate, PEM.', optional: true, ...connection }),
  'database.sslkey': field.string({ doc: 'File with the client’s key, PEM.', optional: true, ...connection }),
  'database.sslpassword': field.password({ doc: 'The password of that key.', optional: true, ...connection }),
  'database.tcpKeepAlive': field.boolean({
    doc: 'Whether idle connections are kept alive.',
    default: true,
    ...advanced,
  }),
  'plugin.name': field.string({
    doc: 'The output plugin of the server. Only pgoutput, which every server has.',
    default: 'pgoutput',
    oneOf: ['pgoutput'],
    ...replication,
  }),
  'slot.name': field.string({
    doc: 'The replication slot, which remembers for the server how far changes were stored. Made where it is missing.',
    importance: 'high',
    default: 'debezium',
    check: text =>
      /^[a-z0-9_]{1,63}$/.test(text) ? undefined : 'may hold only small letters, digits and "_", 63 at most',
    ...replication,
  }),
  'slot.drop.on.stop': field.boolean({
    doc: 'Whether the slot is dropped when the task stops. What happens until it starts again is lost then.',
    importance: 'low',
    default: false,
    ...replication,
  }),
  'slot.failover': field.boolean({
    doc: 'Whether a new slot is kept in step on standbys (PostgreSQL 17).',
    importance: 'low',
    default: false,
    ...replication,
  }),
  'slot.max.retries': field.int({
    doc: 'How often to try again while another connection uses the slot.',
    importance: 'low',
    default: 6,
    min: 0,
    ...replication,
  }),
  'slot.retry.delay.ms': field.long({
    doc: 'How long to wait before that, milliseconds.',
    importance: 'low',
    default: 10_000,
    min: 0,
    ...replication,
  }),
  'publication.name': field.string({
    doc: 'The publication that says which changes the server sends.',
    default: 'dbz_publication',
    nonEmpty: true,
    ...replication,
  }),
  'publication.autocreate.mode': field.string({
    doc: 'How a publication that is missing is made: for all tables, for those captured (and kept so), with none, or not at all.',
    default: 'all_tables',
    oneOf: ['all_tables', 'filtered', 'no_tables', 'disabled'],
    ...replication,
  }),
  'publish.via.partition.root': field.boolean({
    doc: 'Whether changes of partitions are told as those of the partitioned table.',
    importance: 'low',
    default: false,
    ...replication,
  }),
  'replica.identity.autoset.values': field.string({
    doc: 'Replica identities to set on tables: schema.table:FULL, with regular expressions, separated by commas.',
    optional: true,
    ...replication,
  }),
  'status.update.interval.ms': field.int({
    doc: 'How often the server is told how far changes were stored, milliseconds.',
    importance: 'low',
    default: 10_000,
    min: 1,
    ...replication,
  }),
  'lsn.flush.mode': field.string({
    doc: 'Whether the slot follows what was stored (connector, and connector_and_driver), or is moved by somebody else (manual).',
    importance: 'low',
    default: 'connector',
    oneOf: ['connector', 'connector_and_driver', 'manual'],
    ...replication,
  }),
  'flush.lsn.source': field.boolean({
    doc: 'Deprecated: false means lsn.flush.mode=manual.',
    importance: 'low',
    default: true,
    ...replication,
  }),
  'offset.mismatch.strategy': field.string({
    doc: 'What to do where the slot is further on than what was stored, or new: fail (no_validation and trust_offset too, where changes would be lost), or go on from the slot (trust_slot, trust_greater_lsn).',
    importance: 'low',
    default: 'no_validation',
    oneOf: ['no_validation', 'trust_offset', 'trust_slot', 'trust_greater_lsn'],
    ...replication,
  }),
  'schema.include.list': field.list({ doc: 'Schemas to capture: regular expressions.', default: [], group: 'Filters' }),
  'schema.exclude.list': field.list({ doc: 'Schemas to leave out.', default: [], group: 'Filters' }),
  'message.prefix.include.list': field.list({
    doc: 'Prefixes of logical decoding messages to capture: regular expressions.',
    importance: 'low',
    default: [],
    group: 'Filters',
  }),
  'message.prefix.exclude.list': field.list({
    doc: 'Prefixes of logical decoding messages to leave out.',
    importance: 'low',
    default: [],
    group: 'Filters',
  }),
  'time.precision.mode': field.string({
    doc: 'How dates and times stand in records: by what the column keeps, as Connect’s types, as texts, or in one unit.',
    default: 'adaptive',
    oneOf: timeModes,
    group: 'Records',
  }),
  'interval.handling.mode': field.string({
    doc: 'How intervals stand in records: microseconds (a month is a twelfth of a year) or ISO 8601.',
    importance: 'low',
    default: 'numeric',
    oneOf: ['numeric', 'string'],
    group: 'Records',
  }),
  'hstore.handling.mode': field.string({
    doc: 'How hstore stands in records.',
    importance: 'low',
    default: 'json',
    oneOf: ['json', 'map'],
    group: 'Records',
  }),
  'money.fraction.digits': field.int({
    doc: 'Digits after the point of money.',
    importance: 'low',
    default: 2,
    min: 0,
    group: 'Records',
  }),
  'snapshot.mode': field.string({
    doc: 'When rows that are there are read: at the first start (initial), always, at the first start and nothing after it (initial_only), never (no_data), or also where changes were lost (when_needed).',
    importance: 'high',
    default: 'initial',
    oneOf: snapshotModes,
    group: 'Snapshot',
  }),
  'snapshot.isolation.mode': field.string({
    doc: 'The isolation of the snapshot. It is always that of one moment, the slot’s.',
    importance: 'low',
    default: 'serializable',
    oneOf: ['serializable', 'repeatable_read', 'read_committed', 'read_uncommitted'],
    group: 'Snapshot',
  }),
  'snapshot.mode.configuration.based.snapshot.data': field.boolean({
    doc: 'snapshot.mode=configuration_based: whether rows are read.',
    importance: 'low',
    default: false,
    group: 'Snapshot',
  }),
  'snapshot.mode.configuration.based.start.stream': field.boolean({
    doc: 'snapshot.mode=configuration_based: whether changes are read.',
    importance: 'low',
    default: false,
    group: 'Snapshot',
  }),
  'read.only': field.boolean({
    doc: 'Whether incremental snapshots write no marks to the signal table: they go by positions of the log then.',
    importance: 'low',
    default: false,
    group: 'Signals',
  }),
} as const

export type PostgresConfig = ConfigOf<typeof keys>

/** What a snapshot mode does, given whether a whole snapshot is stored already. */
export function snapshotPlan(
  config: Pick<
    PostgresConfig,
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
    case 'never':
      return { data: false, stream: true }
    case 'configuration_based':
      return {
        data: config['snapshot.mode.configuration.based.snapshot.data'] && !done,
        stream: config['snapshot.mode.configuration.based.start.stream'],
      }
  }
}

/** Whether a chunk's end is marked by deleting the row of its beginning. */
export function isInsertDelete(config: PostgresConfig): boolean {
  return config['incremental.snapshot.watermarking.strategy'].toUpperCase() === 'INSERT_DELETE'
}
