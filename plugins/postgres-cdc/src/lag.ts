import type { SourceLag } from 'millrace/plugin'
import type pg from 'pg'
import type { ChangeReader } from './change-reader.js'
import { rowsOf } from './connections.js'
import type { ReplicationStream } from './replication-stream.js'

/** What waits here, and how much of its log the server keeps for the slot: it fills the server's disk where nobody reads. */
export async function lagOf(
  client: pg.Client,
  slot: string,
  stream: ReplicationStream,
  reader: ChangeReader,
): Promise<SourceLag> {
  const bytes = await keptFor(client, slot)
  const { waiting } = stream
  const since = waiting === 0 ? Date.now() : reader.committedAt
  return {
    records: waiting,
    ...(since !== undefined && { ms: Math.max(0, Date.now() - since) }),
    ...(bytes !== undefined && { bytes }),
  }
}

async function keptFor(client: pg.Client, slot: string): Promise<number | undefined> {
  const end = 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END'
  const sql = `SELECT pg_wal_lsn_diff(${end}, restart_lsn) FROM pg_replication_slots WHERE slot_name = $1`
  // A connection that is lost is told by the reading of changes.
  const rows = await rowsOf(client, sql, [slot]).catch(() => [])
  const kept = rows[0]?.[0]
  return typeof kept === 'string' ? Math.max(0, Number(kept)) : undefined
}
