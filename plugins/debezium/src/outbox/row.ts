import { fieldOf, rejected } from 'millrace/plugin'
import type { Schema, SchemaType, Struct, Value } from 'millrace/plugin'

/** A row of an outbox table. */
export interface Row {
  readonly schema: Schema
  readonly value: Struct
}

export interface Column {
  readonly schema: Schema
  readonly value: Value
}

export function hasColumn({ schema }: Row, name: string): boolean {
  return fieldOf(schema, name) !== undefined
}

/** A column that the configuration names under `key`; its default where it is null (Struct.get). Throws `outbox.column_missing`. */
export function columnOf(row: Row, name: string, key: string): Column {
  const { schema } = declared(row, name, key)
  return { schema, value: held(row.value, name) ?? ((schema.default ?? null) as Value) }
}

/** The same, null where it is null (Struct.getString and its like). Throws `outbox.column_type` where it is of another type. */
export function typedColumnOf(row: Row, name: string, key: string, type: SchemaType): Column {
  const { schema } = declared(row, name, key)
  if (schema.type !== type)
    throw rejected(`The column ${name} is of type ${schema.type}, and ${key} takes one of type ${type}.`, {
      code: 'outbox.column_type',
      hint: `Name another column in ${key}.`,
    })
  return { schema, value: held(row.value, name) }
}

function declared({ schema }: Row, name: string, key: string) {
  const found = fieldOf(schema, name)
  if (found !== undefined) return found
  throw rejected(`The outbox table has no column ${name}.`, {
    code: 'outbox.column_missing',
    hint: `Correct ${key}, or let a predicate keep other tables from this transform.`,
  })
}

/** Every object inherits `constructor` and its like. */
function held(row: Struct, name: string): Value {
  return Object.hasOwn(row, name) ? (row[name] ?? null) : null
}
