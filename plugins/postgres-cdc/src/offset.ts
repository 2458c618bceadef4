import { incrementalShape } from '@millrace/relational'
import { t } from 'millrace/plugin'
import type { ShapeOf } from 'millrace/plugin'
import type { Lsn } from './lsn.js'

/** Debezium's own shapes, so that its offsets can be taken over. */
export const partitionShape = { server: t.string } as const
export const offsetShape = {
  lsn: t.bigint.orAbsent,
  lsn_proc: t.bigint.orAbsent,
  lsn_commit: t.bigint.orAbsent,
  /** Changes at `lsn` that were read: a COPY has many at one. */
  lsn_events_processed: t.integer.orAbsent,
  txId: t.bigint.orAbsent,
  xmin: t.bigint.orAbsent,
  ts_usec: t.bigint.orAbsent,
  messageType: t.string.orAbsent,
  snapshot: t.string.orAbsent,
  last_snapshot_record: t.boolean.orAbsent,
  snapshot_completed: t.boolean.orAbsent,
  transaction_id: t.string.orAbsent,
  ...incrementalShape,
} as const

export type PostgresOffset = ShapeOf<typeof offsetShape>

/** Where to go on in the stream. */
export interface ResumePoint {
  /** Transactions that end before it were read whole. */
  readonly commit: Lsn
  /** Of the transaction with this number, changes up to this position were read, and so many at it. */
  readonly xid: number | undefined
  readonly lsn: Lsn
  readonly events: number
}

/** Whether all rows of the first snapshot were read. */
export function isSnapshotDone(offset: PostgresOffset): boolean {
  return offset.snapshot === undefined || offset.snapshot_completed === true || offset.last_snapshot_record === true
}

/**
 * A transaction is known by where its commit stands: everything before `lsn_commit` was read. Inside the one that was being read its number and the
 * position of the change count. At worst something comes twice; nothing is ever passed over.
 */
export function resumePoint(offset: PostgresOffset): ResumePoint {
  const lsn = Number(offset.lsn ?? 0)
  const isStreaming = offset.snapshot === undefined
  return {
    commit: Number(offset.lsn_commit ?? (isStreaming ? (offset.lsn_proc ?? 0) : lsn)),
    xid: isStreaming && offset.txId !== undefined ? Number(offset.txId) : undefined,
    lsn,
    events: offset.lsn_events_processed ?? 0,
  }
}

/** What is wrong with an offset that an operator wants to write. */
export function offsetProblem(offset: PostgresOffset): string | undefined {
  for (const name of ['lsn', 'lsn_proc', 'lsn_commit'] as const) {
    const value = offset[name]
    if (value !== undefined && value < 0) return `"${name}" must not be negative, but is ${value}.`
  }
  if (offset.lsn === undefined) return '"lsn" is missing: the position of the last change that was read.'
  return undefined
}
