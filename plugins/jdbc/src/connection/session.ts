/** A value as it is bound to a statement. Texts stand for whatever the column makes of them. */
export type Param = string | number | bigint | boolean | Uint8Array | null | readonly Param[]

/** A value as a database hands it over, before it is read as the column's type. */
export type Cell = string | number | bigint | Uint8Array | null

/** One column of a result, as far as its dialect tells. `type` is the dialect's own. */
export interface ResultColumn<T = unknown> {
  /** Its alias, where it has one. */
  readonly name: string
  /** True also where nobody knows. */
  readonly nullable: boolean
  readonly type: T
}

export interface ResultRows<T = unknown> {
  readonly columns: readonly ResultColumn<T>[]
  readonly rows: readonly (readonly Cell[])[]
}

/** What a failure of a database calls for. */
export type FailureKind =
  /** It passes by itself: a lost connection, a server that starts, a deadlock. */
  | 'transient'
  /** One of the rows is at fault. */
  | 'record'
  /** Somebody has to change something: a missing table, a missing right, wrong SQL. */
  | 'permanent'

/** A connection that stays silent so long is asked for a sign of life, ms: where packets are dropped, nothing else would end it. */
export const silenceMs = 30_000
/** How long a server may take to answer to a cancellation or a goodbye before its connection is dropped, ms. */
export const answerMs = 2_000

/** One connection. Calls never overlap. */
export interface Session {
  query(sql: string, params?: readonly Param[]): Promise<ResultRows>
  /**
   * The rows of a query, `size` at a time at most, as they come: never all of them in memory. Nothing else may run on this
   * session until it has ended or was returned.
   */
  stream(sql: string, params: readonly Param[], size: number): AsyncIterable<ResultRows>
  /** How many rows it changed. */
  execute(sql: string, params?: readonly Param[]): Promise<number>
  /** Makes what runs right now fail, from outside; for a task that must stop. */
  cancel(): Promise<void>
  /** Whether it can no longer be used. */
  readonly broken: boolean
  close(): Promise<void>
}
