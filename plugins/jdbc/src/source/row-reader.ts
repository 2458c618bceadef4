import { schema, setField } from 'millrace/plugin'
import type { Field, Schema, Struct, Value } from 'millrace/plugin'
import type { Cell, ResultColumn } from '../connection/session.js'
import type { ColumnReader, Dialect, ReadOptions } from '../dialect.js'

interface Part {
  readonly name: string
  readonly index: number
  readonly read: ColumnReader['read']
}

/** Reads rows of a result as structs. Made for its columns; `reuse` says when they are still the same. */
export class RowReader {
  readonly schema: Schema
  /** Columns whose type records leave out. */
  readonly dropped: readonly string[]
  readonly #parts: readonly Part[]
  readonly #shape: string

  constructor(
    name: string | undefined,
    columns: readonly ResultColumn[],
    dialect: Dialect,
    options: ReadOptions,
    first: readonly Cell[] | undefined,
  ) {
    const fields: Field[] = []
    const parts: Part[] = []
    const dropped: string[] = []
    columns.forEach((column, index) => {
      const reader = dialect.reader(column, options, first?.[index])
      if (reader === undefined) return dropped.push(column.name)
      fields.push({ name: column.name, schema: reader.schema })
      return parts.push({ name: column.name, index, read: reader.read })
    })
    this.schema = schema.struct(fields, name === undefined ? {} : { name })
    this.dropped = dropped
    this.#parts = parts
    this.#shape = JSON.stringify(columns)
  }

  /** Whether a result with these columns reads as this one. An expression's type goes by its first value. */
  fits(columns: readonly ResultColumn[]): boolean {
    return this.#shape === JSON.stringify(columns)
  }

  read(row: readonly Cell[]): Struct {
    const value: Record<string, Value> = {}
    for (const { name, index, read } of this.#parts) {
      const cell = row[index] ?? null
      if (name === '__proto__') setField(value, name, cell === null ? null : read(cell))
      else value[name] = cell === null ? null : read(cell)
    }
    return value
  }
}
