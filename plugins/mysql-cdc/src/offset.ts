import { incrementalShape } from '@millrace/relational'
import { t } from 'millrace/plugin'
import type { ShapeOf } from 'millrace/plugin'

/** Debezium's own shapes, so that its offsets can be taken over. */
export const partitionShape = { server: t.string } as const
export const offsetShape = {
  ts_sec: t.bigint.orAbsent,
  /** Where to begin to read again: before the transaction that is being read, or after the last one. */
  file: t.string.orAbsent,
  pos: t.bigint.orAbsent,
  /** What was committed up to there. */
  gtids: t.string.orAbsent,
  /** Events of the transaction that were read whole, counted from the one that begins it. */
  event: t.bigint.orAbsent,
  /** Rows of the next event that were read. */
  row: t.integer.orAbsent,
  server_id: t.bigint.orAbsent,
  snapshot: t.string.orAbsent,
  snapshot_completed: t.boolean.orAbsent,
  transaction_id: t.string.orAbsent,
  ...incrementalShape,
} as const

export type BinlogOffset = ShapeOf<typeof offsetShape>

/** Where to go on in the binlog. */
export interface ResumePoint {
  readonly file: string
  readonly position: number
  readonly gtids: string | undefined
  /** Of the first transaction that comes, to be passed over. */
  readonly events: number
  readonly rows: number
}

/** Whether all rows of the first snapshot were read. */
export function isSnapshotDone(offset: BinlogOffset): boolean {
  return offset.snapshot === undefined || offset.snapshot_completed === true
}

export function resumePoint(offset: BinlogOffset): ResumePoint {
  return {
    file: offset.file ?? '',
    position: Number(offset.pos ?? 4),
    gtids: offset.gtids,
    events: Number(offset.event ?? 0),
    rows: offset.row ?? 0,
  }
}

/** What is wrong with an offset that an operator wants to write. */
export function offsetProblem(offset: BinlogOffset): string | undefined {
  for (const name of ['pos', 'event', 'row'] as const) {
    const value = offset[name]
    if (value !== undefined && value < 0) return `"${name}" must not be negative, but is ${value}.`
  }
  if (offset.file === undefined) return '"file" is missing: the binlog file to go on in, as SHOW BINARY LOGS names it.'
  if (offset.pos === undefined) return '"pos" is missing: the position in that file.'
  return undefined
}
