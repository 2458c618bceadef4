import type pg from 'pg'
import { rowsOf } from './connections.js'
import { parseLsn, type Lsn } from './lsn.js'
import type { ToldTransactions } from './told-transactions.js'

/** How long to wait for what was told to be seen, ms. */
export const visibleMs = 50

/** Where the log stands, on a standby too. */
const position = `CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`

const pageBytes = 8_192
const longestHeader = 40

/** A position such that everything that can be seen now stands before it. */
export async function visibleLsn(client: pg.Client): Promise<Lsn> {
  // What is committed without waiting for the disk is seen before it is written, and so stands in the log's buffers only.
  const rows = await rowsOf(
    client,
    `SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END`,
  )
  const lsn = parseLsn(rows[0]![0]!)
  // The next record stands behind a new page's header; what the server sends ends before that.
  return lsn % pageBytes <= longestHeader ? lsn - (lsn % pageBytes) : lsn
}

/**
 * Begins a transaction that sees one moment, with all that the stream has told; undefined, with none begun, where something of it cannot be seen yet.
 * Returns where the log stood.
 */
export async function beginFresh(
  client: pg.Client,
  told: ToldTransactions,
): Promise<{ readonly lsn: Lsn; readonly xmin: number } | undefined> {
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const rows = await rowsOf(
    client,
    `SELECT txid_current_snapshot(), txid_snapshot_xmin(txid_current_snapshot()), ${position}`,
  )
  const [snapshot, xmin, lsn] = rows[0]!
  if (told.areAllIn(snapshot!)) return { lsn: parseLsn(lsn!), xmin: Number(xmin) }
  await client.query('ROLLBACK')
  return undefined
}
