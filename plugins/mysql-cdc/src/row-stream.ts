import type { Connection } from 'mysql2'
import type { Raw } from './raw.js'
import type { Reader } from './readers.js'

/**
 * The rows of a statement as they come, some at a time; the server waits while nobody takes them. Fails where the connection ends before the rows do.
 */
export async function* selectedRows(
  connection: Connection,
  sql: string,
  readers: readonly Reader<Buffer>[],
  size: number,
): AsyncGenerator<readonly (readonly (Raw | null)[])[]> {
  const rows = connection.query({ sql, rowsAsArray: true, typeCast: false } as never).stream({ highWaterMark: size })
  // A lost connection is told to the connection alone, and rows would end as if they were all.
  const lost = (error?: Error): void => void rows.destroy(error ?? new Error('The connection is lost.'))
  connection.once('error', lost)
  connection.once('end', lost)
  try {
    let batch: (readonly (Raw | null)[])[] = []
    for await (const row of rows) {
      batch.push((row as readonly (Buffer | null)[]).map((cell, at) => (cell === null ? null : readers[at]!(cell))))
      if (batch.length < size) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  } finally {
    connection.off('error', lost)
    connection.off('end', lost)
  }
}
