import { randomUUID } from 'node:crypto'
import type { OffsetMap, SourceRecord } from 'millrace/plugin'
import { schema } from 'millrace/plugin'

export interface Notification {
  readonly id: string
  readonly type: string
  readonly aggregate: 'Initial Snapshot' | 'Incremental Snapshot'
  readonly data: Readonly<Record<string, string>>
}

/** How the reading of a table ended. */
export type ScanStatus = 'SUCCEEDED' | 'EMPTY' | 'NO_PRIMARY_KEY' | 'UNKNOWN_SCHEMA' | 'SQL_EXCEPTION'

const key = schema.struct({ id: schema.string() }, { name: 'io.debezium.connector.common.NotificationKey', version: 1 })
const value = schema.struct(
  {
    id: schema.string(),
    type: schema.string(),
    aggregate_type: schema.string(),
    additional_data: schema.map(schema.string(), schema.string(), { optional: true }),
    timestamp: schema.int64(),
  },
  { name: 'io.debezium.connector.common.Notification', version: 1 },
)

export function notificationRecord<O extends OffsetMap>(
  topic: string,
  { id, type, aggregate, data }: Notification,
  partition: OffsetMap,
  offset: O,
): SourceRecord<OffsetMap, O> {
  return {
    topic,
    key: { id },
    keySchema: key,
    value: {
      id,
      type,
      aggregate_type: aggregate,
      additional_data: new Map(Object.entries(data)),
      timestamp: Date.now(),
    },
    valueSchema: value,
    partition,
    offset,
  }
}

/** What the first snapshot of a connector, and a blocking one, tell of themselves. */
export function initialNotifications(prefix: string, tables: readonly string[]) {
  const of = (type: string, data: Readonly<Record<string, string>> = {}): Notification => ({
    id: randomUUID(),
    type,
    aggregate: 'Initial Snapshot',
    data: { ...data, connector_name: prefix },
  })
  const data_collections = tables.join(',')
  return {
    started: () => of('STARTED'),
    skipped: () => of('SKIPPED'),
    inProgress: (table: string) => of('IN_PROGRESS', { current_collection_in_progress: table, data_collections }),
    tableCompleted: (table: string, rows: number) =>
      of('TABLE_SCAN_COMPLETED', {
        scanned_collection: table,
        data_collections,
        total_rows_scanned: String(rows),
        status: 'SUCCEEDED',
      }),
    aborted: () => of('ABORTED'),
    completed: () => of('COMPLETED'),
  }
}

/** What an incremental snapshot tells of itself. `id`: of the signal that asked for it. */
export function incrementalNotifications(prefix: string, id: string | undefined, tables: readonly string[]) {
  const of = (type: string, data: Readonly<Record<string, string>>): Notification => ({
    id: id ?? randomUUID(),
    type,
    aggregate: 'Incremental Snapshot',
    data: { ...data, connector_name: prefix },
  })
  const data_collections = tables.join(',')
  return {
    started: () => of('STARTED', { data_collections }),
    paused: () => of('PAUSED', { data_collections }),
    resumed: () => of('RESUMED', { data_collections }),
    aborted: (stopped: readonly string[]) => of('ABORTED', { data_collections: stopped.join(',') }),
    inProgress: (table: string, maximum: string, last: string) =>
      of('IN_PROGRESS', {
        data_collections,
        current_collection_in_progress: table,
        maximum_key: maximum,
        last_processed_key: last,
      }),
    tableCompleted: (table: string, rows: number, status: ScanStatus) =>
      of('TABLE_SCAN_COMPLETED', {
        data_collections,
        scanned_collection: table,
        total_rows_scanned: String(rows),
        status,
      }),
    completed: () => of('COMPLETED', {}),
  }
}
