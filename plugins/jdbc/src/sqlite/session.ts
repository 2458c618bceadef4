import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from 'millrace/plugin'
import Database from 'libsql'
import type { DialectSetup } from '../dialect.js'
import type { Cell, Param, ResultColumn, ResultRows, Session } from '../connection/session.js'

export interface SqliteType {
  /** As declared, upper case, without length; empty for an expression. */
  readonly declared: string
  readonly precision: number
  readonly scale: number
  /** `INTEGER PRIMARY KEY`: the row's number, of 64 bits. */
  readonly isRowId: boolean
}

export const sqliteSettings: ReadonlySet<string> = new Set([
  'date_class',
  'busy_timeout',
  'journal_mode',
  'foreign_keys',
  'cache_size',
  'synchronous',
])

interface Described {
  readonly name: string
  readonly column: string | null
  readonly table: string | null
  readonly type: string | null
}
interface Statement {
  readonly reader: boolean
  columns(): readonly Described[]
  raw(on: boolean): Statement
  safeIntegers(on: boolean): Statement
  all(...params: unknown[]): unknown[]
  iterate(...params: unknown[]): IterableIterator<Cell[]>
  run(...params: unknown[]): { readonly changes: number }
}

/** SQLite runs in the calling thread, so another's lock is waited for here, where the thread can do other things meanwhile. */
const lockStepMs = 20

/** Opens the file, which must be there unless it is made by writing into it. */
export function openSqlite(setup: DialectSetup): SqliteSession {
  const { database } = setup.url
  const handle = new Database(database === '' ? ':memory:' : database)
  const session = new SqliteSession(handle, Number(setup.properties['busy_timeout'] ?? 10_000))
  for (const pragma of ['journal_mode', 'foreign_keys', 'cache_size', 'synchronous']) {
    const value = setup.properties[pragma]
    if (value !== undefined && /^[\w-]+$/.test(value)) handle.exec(`PRAGMA ${pragma} = ${value}`)
  }
  return session
}

export class SqliteSession implements Session {
  readonly #handle: Database.Database
  readonly #busyMs: number
  #broken = false
  #stopped = false

  constructor(handle: Database.Database, busyMs: number) {
    this.#handle = handle
    this.#busyMs = busyMs
  }

  get broken(): boolean {
    return this.#broken
  }

  query(sql: string, params: readonly Param[] = []): Promise<ResultRows<SqliteType>> {
    return this.#whileLocked(() => {
      const statement = this.#prepare(sql)
      return { columns: this.#columnsOf(statement), rows: statement.all(...bound(params)) as Cell[][] }
    })
  }

  execute(sql: string, params: readonly Param[] = []): Promise<number> {
    return this.#whileLocked(() => {
      // A prepared statement that fails by another's lock would stand open.
      if (params.length === 0) {
        this.#handle.exec(sql)
        return 0
      }
      const statement = this.#prepare(sql)
      if (!statement.reader) return statement.run(...bound(params)).changes
      statement.all(...bound(params))
      return 0
    })
  }

  async *stream(sql: string, params: readonly Param[], size: number): AsyncGenerator<ResultRows<SqliteType>> {
    const { statement, rows } = await this.#whileLocked(() => {
      const statement = this.#prepare(sql)
      return { statement, rows: statement.iterate(...bound(params)) }
    })
    const columns = this.#columnsOf(statement)
    try {
      for (;;) {
        const some: Cell[][] = []
        while (some.length < size) {
          const { done, value } = rows.next()
          if (done === true) break
          some.push(value)
        }
        if (some.length > 0) yield { columns, rows: some }
        if (some.length < size) return
        await turn()
        if (this.#stopped) return
      }
    } finally {
      rows.return?.()
    }
  }

  cancel(): Promise<void> {
    this.#stopped = true
    return Promise.resolve()
  }

  close(): Promise<void> {
    if (!this.#broken) this.#handle.close()
    this.#broken = true
    return Promise.resolve()
  }

  #prepare(sql: string): Statement {
    const statement = this.#handle.prepare(sql) as unknown as Statement
    if (!statement.reader) return statement
    return statement.raw(true).safeIntegers(true)
  }

  /** What the catalogue says of the columns that come from a table as they are. */
  #columnsOf(statement: Statement): readonly ResultColumn<SqliteType>[] {
    const tables = new Map<string, ReadonlyMap<string, TableInfo>>()
    return (statement.reader ? statement.columns() : []).map(({ name, column, table, type }) => {
      if (table !== null && !tables.has(table)) tables.set(table, this.#tableInfo(table))
      const info = table === null || column === null ? undefined : tables.get(table)?.get(column)
      return {
        name,
        nullable: info?.nullable ?? true,
        type: declaredType(info?.type ?? type ?? '', info?.isRowId ?? false),
      }
    })
  }

  #tableInfo(table: string): ReadonlyMap<string, TableInfo> {
    const statement = this.#handle.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
    const rows = statement.all(table) as readonly { name: string; type: string; notnull: number; pk: number }[]
    const alone = rows.filter(({ pk }) => pk > 0).length === 1
    return new Map(
      rows.map(({ name, type, notnull, pk }) => {
        const isRowId = alone && pk === 1 && type.toUpperCase() === 'INTEGER'
        return [name, { type, nullable: notnull === 0 && !isRowId, isRowId }]
      }),
    )
  }

  async #whileLocked<R>(work: () => R): Promise<R> {
    const deadline = Date.now() + this.#busyMs
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!/^SQLITE_(BUSY|LOCKED)/.test(errorCode(error)) || Date.now() > deadline || this.#stopped) throw error
        await sleep(lockStepMs)
      }
    }
  }
}

interface TableInfo {
  readonly type: string
  readonly nullable: boolean
  readonly isRowId: boolean
}

export function declaredType(text: string, isRowId: boolean): SqliteType {
  const parts = /^([^(]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?$/.exec(text.trim())
  const [, declared = text, precision = '0', scale = '0'] = parts ?? []
  return { declared: declared.toUpperCase(), precision: Number(precision), scale: Number(scale), isRowId }
}

/** Whole numbers would be bound as doubles, and there are no booleans. */
function bound(params: readonly Param[]): unknown[] {
  return params.map(value => {
    if (typeof value === 'boolean') return value ? 1n : 0n
    return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
  })
}
