import { zoneOf } from '@millrace/relational'
import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'

const defaultProvider = 'io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider'

/** The keys by which source and sink find their database. */
export const connectionKeys = {
  'connection.url': field.string({
    doc: 'The database, as a JDBC URL: jdbc:postgresql://host:port/database, jdbc:mysql://…, jdbc:mariadb://… or jdbc:sqlite:/path/to/file.',
    importance: 'high',
    nonEmpty: true,
    group: 'Database',
  }),
  'connection.user': field.string({ doc: 'Who logs in.', importance: 'high', optional: true, group: 'Database' }),
  'connection.password': field.password({
    doc: 'The password that goes with it.',
    importance: 'high',
    optional: true,
    group: 'Database',
  }),
  'connection.attempts': field.int({
    doc: 'How often to try to connect before the task says that it cannot.',
    importance: 'low',
    default: 3,
    min: 1,
    group: 'Database',
  }),
  'connection.backoff.ms': field.long({
    doc: 'How long to wait between attempts, milliseconds.',
    importance: 'low',
    default: 10_000,
    min: 0,
    group: 'Database',
  }),
  'jdbc.credentials.provider.class': field.string({
    doc: 'Where user and password come from. Only the two keys above are there; other places are for config providers.',
    importance: 'low',
    default: defaultProvider,
    oneOf: [defaultProvider],
    group: 'Database',
  }),
  'dialect.name': field.string({
    doc: 'The dialect of SQL. Empty: the one that the URL names.',
    importance: 'low',
    default: '',
    oneOf: ['', 'PostgreSqlDatabaseDialect', 'MySqlDatabaseDialect', 'SqliteDatabaseDialect'],
    group: 'Database',
  }),
  'db.timezone': field.string({
    doc: 'The time zone of dates and times in the database that name none: a region, UTC+2, Z.',
    importance: 'medium',
    default: 'UTC',
    check: id => (zoneOf(id) === undefined ? `"${id}" is no time zone` : undefined),
    group: 'Database',
  }),
} as const

export type ConnectionConfig = ConfigOf<typeof connectionKeys>
