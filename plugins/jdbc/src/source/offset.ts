import { millis, ofMillis, type Moment } from '@millrace/relational'
import { t } from 'millrace/plugin'
import type { ShapeOf } from 'millrace/plugin'

/** The JDBC connector's own shapes, so that its offsets can be taken over. */
export const partitionShape = {
  protocol: t.string.orAbsent,
  table: t.string.orAbsent,
  query: t.string.orAbsent,
} as const
export const offsetShape = {
  incrementing: t.bigint.orAbsent,
  timestamp: t.integer.orAbsent,
  timestamp_nanos: t.integer.orAbsent,
} as const

export type JdbcPartition = ShapeOf<typeof partitionShape>
export type JdbcOffset = ShapeOf<typeof offsetShape>

/** How far a table was read: rows up to this number, changes up to this time. */
export interface Position {
  readonly id?: number | bigint | undefined
  readonly moment?: Moment | undefined
}

export function positionOf(offset: JdbcOffset): Position {
  const { incrementing, timestamp, timestamp_nanos: nanos } = offset
  if (timestamp === undefined) return { id: incrementing }
  const ofMs = ofMillis(timestamp)
  return { id: incrementing, moment: nanos === undefined ? ofMs : { seconds: ofMs.seconds, nanos } }
}

/** Of every row, so without objects in between. */
export function offsetOf({ id, moment }: Position): JdbcOffset {
  if (moment === undefined) return id === undefined ? {} : { incrementing: id }
  const timestamp = millis(moment)
  const timestamp_nanos = moment.nanos
  return id === undefined ? { timestamp, timestamp_nanos } : { timestamp, timestamp_nanos, incrementing: id }
}

/** How the JDBC connector names what is read: by the whole name, and by the bare one in offsets of its old releases. */
export function partitionsOf(
  fullName: string | undefined,
  table: string,
): [current: JdbcPartition, old?: JdbcPartition] {
  if (fullName === undefined) return [{ query: 'query' }]
  return [{ protocol: '1', table: fullName }, { table }]
}

/** What is wrong with an offset that an operator wants to write. */
export function offsetProblem(partition: JdbcPartition, offset: JdbcOffset | null): string | undefined {
  const { table, query, protocol } = partition
  if ((table === undefined) === (query === undefined)) return 'A partition names either "table" or "query".'
  if (query !== undefined && (query !== 'query' || protocol !== undefined))
    return 'The partition of a query is {"query":"query"}.'
  if (protocol !== undefined && protocol !== '1') return `"protocol" must be "1", but is "${protocol}".`
  const nanos = offset?.timestamp_nanos
  if (nanos !== undefined && (nanos < 0 || nanos > 999_999_999)) return '"timestamp_nanos" must be from 0 to 999999999.'
  if (nanos !== undefined && offset?.timestamp === undefined) return '"timestamp_nanos" needs "timestamp".'
  return undefined
}
