import type { ColumnSchema } from '@vlasky/zongji'
import type { StoredType } from './stored-values.js'

/** A column as the binlog describes it, with the name under which rows have its value. */
export type LoggedColumn = ColumnSchema

export type LoggedRow = Readonly<Record<string, unknown>>

/** Of every event. */
export interface EventHeader {
  /** When it was logged, ms since the epoch, in whole seconds; 0: the server made it up for this connection. */
  readonly at: number
  /** Where it stands, and where the next event does; 0: not known (MariaDB inside a transaction). */
  readonly start: number
  readonly next: number
  /** How many events the server has sent on this connection up to this one, those of tables that nobody wants too. */
  readonly count: number
  readonly bytes: number
}

/** A table as the binlog says it was when the rows that follow were changed. */
export interface LoggedTable {
  readonly id: number
  readonly database: string
  readonly name: string
  readonly columns: readonly LoggedColumn[]
  /** Positions of the columns of the primary key; undefined where the server does not log it. */
  readonly key: readonly number[] | undefined
  /** Columns whose values come as the bytes that they are stored as, by their positions. */
  readonly stored: (at: number) => StoredType | undefined
  /** Why its rows cannot be trusted: the server does not log what the table looked like, and it has been changed since. */
  readonly problem: string | undefined
}

/** What the binlog says, as far as it matters here. */
export type BinlogEvent = EventHeader &
  (
    | { readonly type: 'rotate'; readonly file: string; readonly position: number }
    /** `begins`: whether a transaction begins with it, as on MariaDB; on MySQL a query does. */
    | {
        readonly type: 'gtid'
        readonly gtid: string
        readonly begins: boolean
        readonly serverId: number | undefined
        readonly thread: number | undefined
        /** When it was committed where it was made, µs since the epoch; undefined: the server does not say it. */
        readonly committed: number | undefined
      }
    | { readonly type: 'query'; readonly database: string; readonly sql: string; readonly thread: number }
    /** The statement that made the changes that follow. */
    | { readonly type: 'statement'; readonly sql: string }
    | { readonly type: 'table'; readonly table: LoggedTable }
    | { readonly type: 'insert' | 'delete'; readonly tableId: number; readonly rows: readonly LoggedRow[] }
    | { readonly type: 'update'; readonly tableId: number; readonly rows: readonly LoggedUpdate[] }
    | { readonly type: 'commit' }
    | { readonly type: 'unreadable'; readonly reason: string }
  )

export interface LoggedUpdate {
  readonly before: LoggedRow
  readonly after: LoggedRow
}
