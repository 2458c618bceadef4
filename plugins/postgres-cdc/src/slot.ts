import { errorCode, fatal, retry } from 'millrace/plugin'
import type { MillraceError } from 'millrace/plugin'
import type pg from 'pg'
import type { PostgresConfig } from './config.js'
import { rowsOf } from './connections.js'
import { parseLsn, type Lsn } from './lsn.js'

export interface Slot {
  /** Everything before it was stored, the server has been told. */
  readonly confirmed: Lsn
  readonly activePid: number | undefined
}

/** A slot that was made now: the moment from which it has changes, and a snapshot of that moment, for as long as its connection does nothing else. */
export interface NewSlot {
  readonly consistentPoint: Lsn
  readonly snapshot: string
}

const columns = `confirmed_flush_lsn, restart_lsn, active_pid, plugin, database, slot_type`

/** The slot of the configuration, or undefined. Fails where it is lost, or is of another kind. */
export async function findSlot(client: pg.Client, config: PostgresConfig): Promise<Slot | undefined> {
  const name = config['slot.name']
  const lost = (await serverVersion(client)) >= 130_000 ? `wal_status = 'lost'` : 'false'
  const rows = await rowsOf(client, `SELECT ${columns}, ${lost} FROM pg_replication_slots WHERE slot_name = $1`, [name])
  if (rows[0] === undefined) return undefined
  const [confirmed, restart, pid, plugin, database, type, isLost] = rows[0]
  if (isLost === 't')
    throw fatal(`The replication slot "${name}" is lost: the server has removed changes that it was to keep.`, {
      code: 'postgres.slot_lost',
      hint: 'Changes since are gone. Drop the slot and start with snapshot.mode=when_needed, or reset the offsets; see max_slot_wal_keep_size.',
    })
  if (type !== 'logical' || plugin !== 'pgoutput' || database !== config['database.dbname'])
    throw fatal(
      `The replication slot "${name}" is not one of pgoutput for ${config['database.dbname']}: it is ${type}, ${plugin ?? 'without a plugin'}, for ${database ?? 'no database'}.`,
      {
        code: 'postgres.slot_foreign',
        hint: 'Choose another slot.name.',
      },
    )
  return {
    confirmed: parseLsn(confirmed ?? restart ?? '0/0'),
    activePid: pid === null || pid === undefined ? undefined : Number(pid),
  }
}

export async function serverVersion(client: pg.Client): Promise<number> {
  const rows = await rowsOf(client, 'SHOW server_version_num')
  return Number(rows[0]![0])
}

/** Makes a slot on a replication connection, with a snapshot of its moment. `temporary`: it ends with the connection. */
export async function createSlot(
  replication: pg.Client,
  name: string,
  {
    temporary,
    failover,
    version,
  }: { readonly temporary: boolean; readonly failover: boolean; readonly version: number },
): Promise<NewSlot> {
  const options =
    version >= 150_000
      ? `LOGICAL pgoutput (SNAPSHOT 'export'${failover && version >= 170_000 ? ', FAILOVER true' : ''})`
      : 'LOGICAL pgoutput EXPORT_SNAPSHOT'
  try {
    const rows = await rowsOf(
      replication,
      `CREATE_REPLICATION_SLOT "${name}" ${temporary ? 'TEMPORARY ' : ''}${options}`,
    )
    const [, point, snapshot] = rows[0]!
    return { consistentPoint: parseLsn(point!), snapshot: snapshot! }
  } catch (error) {
    if (errorCode(error) !== '53400') throw error
    throw fatal('The server has no replication slot left.', {
      code: 'postgres.no_slot_left',
      hint: 'Drop slots that nobody uses (pg_replication_slots), or raise max_replication_slots. A snapshot beside an existing slot needs one more for its time.',
      cause: error,
    })
  }
}

/** Waits while another connection has the slot, as often as the configuration says: after a crash the server needs a while to notice. */
export async function waitUntilFree(
  client: pg.Client,
  config: PostgresConfig,
  sleep: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const slot = await findSlot(client, config)
    if (slot?.activePid === undefined || signal.aborted) return
    if (attempt >= config['slot.max.retries']) throw slotInUse(config, slot.activePid)
    await sleep(config['slot.retry.delay.ms'])
  }
}

export function slotInUse(config: PostgresConfig, pid: number | undefined): MillraceError {
  const by = pid === undefined ? 'another connection' : `the server's process ${pid}`
  return retry(`The replication slot "${config['slot.name']}" is in use by ${by}.`, {
    code: 'postgres.slot_in_use',
    hint: 'Each connector needs a slot of its own: see slot.name. A connection that was cut may hold it for wal_sender_timeout.',
  })
}
