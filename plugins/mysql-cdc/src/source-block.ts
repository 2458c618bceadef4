import { sourceSchema, stampsOf, type SnapshotMark, type Stamps } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Schema, Struct } from 'millrace/plugin'

/** The release of Debezium whose records these are like. */
export const contractVersion = '3.5.0.Final'

/** Which of the two connectors: their records, GTIDs and keys differ. */
export type Flavour = 'mysql' | 'mariadb'

const own = [
  { name: 'table', schema: schema.string({ optional: true }) },
  { name: 'server_id', schema: schema.int64() },
  { name: 'gtid', schema: schema.string({ optional: true }) },
  { name: 'file', schema: schema.string() },
  { name: 'pos', schema: schema.int64() },
  { name: 'row', schema: schema.int32() },
  { name: 'thread', schema: schema.int64({ optional: true }) },
  { name: 'query', schema: schema.string({ optional: true }) },
] as const

export const sourceSchemas: Readonly<Record<Flavour, Schema>> = {
  mysql: sourceSchema('mysql', own),
  mariadb: sourceSchema('mariadb', own),
}

export interface SourceBlock {
  readonly flavour: Flavour
  readonly prefix: string
  readonly database: string
  readonly table: string | null
  readonly micros: number
  readonly snapshot: SnapshotMark
  readonly serverId: number
  readonly gtid: string | undefined
  readonly file: string
  readonly position: number
  /** Of the event. */
  readonly row: number
  readonly thread: number | undefined
  readonly query: string | undefined
}

let lastStamps = stampsOf(0)

/** Changes of a transaction have one time. */
function stampsAt(micros: number): Stamps {
  if (lastStamps.ts_us !== micros) lastStamps = stampsOf(micros)
  return lastStamps
}

export function sourceStruct(of: SourceBlock): Struct {
  const { ts_ms, ts_us, ts_ns } = stampsAt(of.micros)
  return {
    version: contractVersion,
    connector: of.flavour,
    name: of.prefix,
    ts_ms,
    snapshot: of.snapshot,
    db: of.database,
    sequence: null,
    ts_us,
    ts_ns,
    table: of.table,
    server_id: of.serverId,
    gtid: of.gtid ?? null,
    file: of.file,
    pos: of.position,
    row: of.row,
    thread: of.thread ?? null,
    query: of.query ?? null,
  }
}
