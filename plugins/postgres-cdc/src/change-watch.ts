import type { IncrementalFields } from '@millrace/relational'
import type { PostgresRecord } from './change-reader.js'
import type { Lsn } from './lsn.js'
import type { PostgresOffset } from './offset.js'
import type { Decoded } from './pgoutput.js'
import type { KnownTable } from './tables.js'

export type RowChange = Extract<Decoded, { type: 'insert' | 'update' | 'delete' | 'truncate' }>

/** Where the stream stands: at a change, or between two transactions. */
export interface Place {
  /** Of what was told before. */
  readonly offset: PostgresOffset
  readonly lsn: Lsn
  readonly lastCommit: Lsn | undefined
  readonly xid: number | undefined
}

/** Looks at what the stream tells before it goes out. */
export interface ChangeWatch {
  /** What offsets have of an incremental snapshot. */
  readonly fields: IncrementalFields
  /** A transaction has begun. */
  readonly begun: (xid: number) => void
  /** Undefined where the change is nothing to it; else the records that go out before it. */
  readonly before: (
    change: RowChange,
    known: KnownTable,
    place: Place,
  ) => Promise<readonly PostgresRecord[]> | undefined
}
