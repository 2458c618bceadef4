import { expect } from 'vitest'
import plugins from '@millrace/mysql-cdc'
import type { SourcePlugin, SourceRecord } from '../../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { asPeer, masked, peerHas, type DebeziumPeer, type PeerRecord } from '../debezium-peer.js'
import { SourceDrive } from '../source-drive.js'

const classes = {
  mariadb: 'io.debezium.connector.mariadb.MariaDbConnector',
  mysql: 'io.debezium.connector.mysql.MySqlConnector',
} as const

/** What the two of one comparison are to read. */
export interface Comparison {
  readonly flavour: keyof typeof classes
  /** Statements before both begin, and while they read. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly config?: Readonly<Record<string, string>>
  /** What need not be equal made so. */
  readonly alike?: (record: PeerRecord) => PeerRecord
}

let count = 0
/** A row of this table says that all before it has been read. */
const marker = 'reached'

/** Runs both on the same tables, before and during some changes, and compares what they say of each topic. Several may run at once. */
export async function compare(
  peer: DebeziumPeer,
  { flavour, before, after, config: more = {}, alike = one => one }: Comparison,
): Promise<readonly PeerRecord[]> {
  const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === `${flavour}-cdc`)!
  const number = count++
  const database = await mysqlDatabase(await sharedServer(flavour))
  const prefix = `${flavour}${number}x`
  const config = {
    'topic.prefix': prefix,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.include.list': database.database,
    'include.schema.changes': 'false',
    ...more,
  }
  let ours: SourceDrive | undefined
  try {
    await database.run(`SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = ''`)
    if (flavour === 'mysql') await database.run(`SET binlog_rows_query_log_events = ON`)
    for (const sql of [...before, `CREATE TABLE ${marker} (id int PRIMARY KEY)`, `INSERT INTO ${marker} VALUES (0)`])
      await database.run(sql)
    const drive = (ours = await SourceDrive.open(source, { ...config, 'database.server.id': String(81_000 + number) }))
    await peer.create(prefix, {
      ...config,
      'connector.class': classes[flavour],
      'database.server.id': String(82_000 + number),
      'schema.history.internal': 'io.debezium.relational.history.MemorySchemaHistory',
    })
    const rows = await rowsIn(database)
    await drive.readUntil(() => drive.records.filter(({ topic }) => topic !== prefix).length >= rows)
    await peerHas(peer, drive.records)
    let reached = 0
    const reach = async (): Promise<void> => {
      await database.run(`INSERT INTO ${marker} VALUES (${++reached})`)
      await drive.readUntil(() => drive.records.some(one => one.topic.endsWith(marker) && idOf(one) === reached))
    }
    for (const sql of after) {
      // What a column was like beside its type is known of columns as they are: read before they change.
      if (/^(ALTER|RENAME|TRUNCATE)/.test(sql)) await reach()
      await database.run(sql)
    }
    await reach()
    // The end of the last transaction.
    if (more['provide.transaction.metadata'] === 'true')
      await drive.readUntil(() => drive.records.at(-1)!.topic.endsWith('transaction'))
    await peerHas(peer, drive.records)
    const mine = drive.records.map(record => withoutChance(asPeer(record)))
    const theirs = (await peer.read(prefix, mine.length, 15_000)).map(withoutChance)
    for (const topic of new Set([...mine, ...theirs].map(one => one.topic))) {
      const of = (all: readonly PeerRecord[]): readonly PeerRecord[] =>
        all.filter(one => one.topic === topic).map(alike)
      expect(of(mine), topic).toEqual(of(theirs))
    }
    return mine
  } catch (error) {
    const trace = await peer.trace(prefix)
    throw trace === undefined ? error : new Error(`Debezium has failed: ${trace}`, { cause: error })
  } finally {
    await ours?.stop()
    await peer.delete(prefix)
    await database.drop()
  }
}

/** In changes of definitions Debezium's `row` is that of the change before. */
function withoutChance(record: PeerRecord): PeerRecord {
  const copy = masked(record)
  const payload = (copy.value as { payload?: { ddl?: unknown; source: Record<string, unknown> } } | null)?.payload
  if (payload?.ddl !== undefined) payload.source['row'] = 0
  return copy
}

/** Rows of all tables that a snapshot reads. */
async function rowsIn(database: TestDatabase): Promise<number> {
  let rows = 0
  for (const [table] of await database.rows('SHOW TABLES'))
    rows += Number((await database.rows(`SELECT count(*) FROM \`${table}\``))[0]![0])
  return rows
}

function idOf({ key }: SourceRecord): number | undefined {
  return (key as { id?: number } | null)?.id
}
