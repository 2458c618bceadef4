import { fieldOf, isStruct, schema, withSchema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import type { Envelope } from './envelope.js'

/** A part of the envelope under a name of its own: `op`, `source.ts_ms`, `version:VERSION`. */
export interface AddedField {
  readonly struct: string | undefined
  readonly field: string
  readonly name: string
}

const structs = new Set(['before', 'after', 'source', 'transaction'])
/** Fields that can be named without the struct they stand in. */
const own = new Set(['op', 'ts_ms', 'ts_us', 'ts_ns'])

export function addedFields(entries: readonly string[], prefix: string): readonly AddedField[] {
  return entries.map(entry => {
    const [path = '', renamed] = entry.split(':').map(part => part.trim())
    const at = path.indexOf('.')
    const named = at > 0 ? path.slice(0, at) : undefined
    const struct = named !== undefined && structs.has(named) ? named : own.has(path) ? undefined : 'source'
    const field = named !== undefined && structs.has(named) ? path.slice(at + 1) : path
    const shown = named !== undefined && structs.has(named) ? `${named}_${field}` : field
    return { struct, field, name: prefix + (renamed ?? shown) }
  })
}

/** The value and its schema, which may be null as the part itself may be missing. */
export function addedValue(
  { schema: of, value }: Envelope,
  { struct, field }: AddedField,
): { readonly schema: Schema; readonly value: Value } {
  const inner = struct === undefined ? of : fieldOf(of, struct)?.schema
  const part: Value = struct === undefined ? value : (value[struct] ?? null)
  const found = inner && fieldOf(inner, field)?.schema
  const text = isStruct(part) ? (part[field] ?? null) : null
  return { schema: found === undefined ? schema.string({ optional: true }) : optional(found), value: text }
}

function optional(of: Schema): Schema {
  return of.optional ? of : withSchema(of, { optional: true })
}
