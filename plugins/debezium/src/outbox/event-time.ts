import { rejected } from 'millrace/plugin'
import { typedColumnOf, type Row } from './row.js'

const key = 'table.field.event.timestamp'

/** How many of them make a millisecond. */
const units: Readonly<Record<string, bigint>> = {
  'io.debezium.time.Timestamp': 1n,
  'io.debezium.time.MicroTimestamp': 1_000n,
  'io.debezium.time.NanoTimestamp': 1_000_000n,
}

/** Milliseconds since the epoch, cut towards zero as Debezium does; null where the column is null. */
export function eventTime(row: Row, column: string): number | null {
  const { schema, value } = typedColumnOf(row, column, key, 'int64')
  if (value === null) return null
  const unit = Object.hasOwn(units, schema.name ?? '') ? units[schema.name!] : undefined
  if (unit === undefined || (typeof value !== 'number' && typeof value !== 'bigint'))
    throw rejected(`The column ${column} holds ${schema.name ?? 'plain integers'}, from which no time can be taken.`, {
      code: 'outbox.column_type',
      hint: `Name a timestamp without time zone in ${key}, captured with a time.precision.mode other than connect.`,
    })
  return Number(BigInt(value) / unit)
}
