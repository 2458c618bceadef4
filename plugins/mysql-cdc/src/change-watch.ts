import type { IncrementalFields } from '@millrace/relational'
import type { BinlogEvent } from './binlog-events.js'
import type { BinlogRecord } from './definitions.js'
import type { BinlogOffset } from './offset.js'
import type { KnownTable } from './tables.js'

export type RowsEvent = Extract<BinlogEvent, { type: 'insert' | 'update' | 'delete' }>

/** Where the binlog was read to. */
export interface Place {
  /** Of what was told before. */
  readonly offset: BinlogOffset
  readonly file: string
  readonly position: number
  readonly gtid: string | undefined
}

/** Looks at what the binlog tells before it goes out. */
export interface ChangeWatch {
  /** What offsets have of an incremental snapshot. */
  readonly fields: IncrementalFields
  /** Undefined where this row of the event is nothing to it; else the records that go out before it. */
  readonly before: (
    event: RowsEvent,
    row: number,
    known: KnownTable,
    place: Place,
  ) => Promise<readonly BinlogRecord[]> | undefined
}
