import { corrupt } from './corrupt.js'
import { readInt16, readInt32 } from './integers.js'

/**
 * What the one record of a control batch says: a transaction of the batch's producer ended (`commit`, `abort`), or
 * something that only brokers use.
 */
export type ControlRecord =
  | { readonly type: 'commit' | 'abort'; readonly coordinatorEpoch: number }
  | { readonly type: 'other'; readonly code: number }

/**
 * Reads the key and value of a control batch's record (org.apache.kafka.common.record.ControlRecordType and
 * EndTransactionMarker). Fails with `codec.batch_corrupt`.
 */
export function readControlRecord(key: Uint8Array | null, value: Uint8Array | null): ControlRecord {
  if (key === null || key.length < 4 || readInt16(key, 0) < 0) throw corrupt('a control record has no valid key')
  const code = readInt16(key, 2)
  if (code !== 0 && code !== 1) return { type: 'other', code }
  if (value === null || value.length < 6 || readInt16(value, 0) < 0) throw corrupt('a transaction marker is cut off')
  return { type: code === 0 ? 'abort' : 'commit', coordinatorEpoch: readInt32(value, 2) }
}
