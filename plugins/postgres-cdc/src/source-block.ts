import { sourceSchema, stampsOf, type SnapshotMark, type Stamps } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Struct } from 'millrace/plugin'
import type { Lsn } from './lsn.js'

/** The release of Debezium whose records these are like. */
export const contractVersion = '3.5.0.Final'

export const postgresSource = sourceSchema('postgresql', [
  { name: 'schema', schema: schema.string() },
  { name: 'table', schema: schema.string() },
  { name: 'txId', schema: schema.int64({ optional: true }) },
  { name: 'lsn', schema: schema.int64({ optional: true }) },
  { name: 'xmin', schema: schema.int64({ optional: true }) },
  { name: 'origin', schema: schema.string({ optional: true }) },
  { name: 'origin_lsn', schema: schema.int64({ optional: true }) },
])

export interface SourceBlock {
  readonly prefix: string
  readonly database: string
  readonly schema: string
  readonly table: string
  readonly micros: number
  readonly snapshot: SnapshotMark
  readonly lsn: Lsn
  readonly lastCommit: Lsn | undefined
  readonly xid: number | undefined
  readonly origin: { readonly name: string; readonly lsn: Lsn } | undefined
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
    connector: 'postgresql',
    name: of.prefix,
    ts_ms,
    snapshot: of.snapshot,
    db: of.database,
    sequence: `[${of.lastCommit === undefined ? 'null' : `"${of.lastCommit}"`},"${of.lsn}"]`,
    ts_us,
    ts_ns,
    schema: of.schema,
    table: of.table,
    txId: of.xid ?? null,
    lsn: of.lsn,
    xmin: null,
    origin: of.origin?.name ?? null,
    origin_lsn: of.origin?.lsn ?? null,
  }
}
