import { structMaker, type Part } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Field, Schema, Struct } from 'millrace/plugin'
import type { Cell, ResultColumn } from '../connection/session.js'
import type { Dialect, ReadOptions } from '../dialect.js'

/** Reads rows of a result as structs. Made for its columns; `reuse` says when they are still the same. */
export class RowReader {
  readonly schema: Schema
  /** Columns whose type records leave out. */
  readonly dropped: readonly string[]
  /** The row as a struct. */
  readonly read: (row: readonly Cell[]) => Struct
  readonly #shape: string

  constructor(
    name: string | undefined,
    columns: readonly ResultColumn[],
    dialect: Dialect,
    options: ReadOptions,
    first: readonly Cell[] | undefined,
  ) {
    const fields: Field[] = []
    const parts: Part<Exclude<Cell, null>>[] = []
    const dropped: string[] = []
    columns.forEach((column, index) => {
      const reader = dialect.reader(column, options, first?.[index])
      if (reader === undefined) return dropped.push(column.name)
      fields.push({ name: column.name, schema: reader.schema })
      return parts.push({ name: column.name, index, read: reader.read, missing: null, placeholder: null })
    })
    this.schema = schema.struct(fields, name === undefined ? {} : { name })
    this.dropped = dropped
    this.read = structMaker(parts)
    this.#shape = JSON.stringify(columns)
  }

  /** Whether a result with these columns reads as this one. An expression's type goes by its first value. */
  fits(columns: readonly ResultColumn[]): boolean {
    return this.#shape === JSON.stringify(columns)
  }
}
