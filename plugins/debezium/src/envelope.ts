import { fieldOf, isStruct } from 'millrace/plugin'
import type { DataRecord, Schema, Struct } from 'millrace/plugin'

/** The release of Debezium whose transforms these are like. */
export const contractVersion = '3.5.0.Final'

/** A change as Debezium writes it. */
export interface Envelope {
  readonly schema: Schema
  readonly value: Struct
}

/** Undefined for a record that is no change: a heartbeat, a schema change, a tombstone. */
export function envelopeOf({ value, valueSchema }: DataRecord): Envelope | undefined {
  if (valueSchema?.type !== 'struct' || !isStruct(value)) return undefined
  const isNamed = valueSchema.name?.endsWith('Envelope') === true
  const isWhole = ['op', 'before', 'after', 'source'].every(name => fieldOf(valueSchema, name) !== undefined)
  return isNamed && isWhole ? { schema: valueSchema, value } : undefined
}
