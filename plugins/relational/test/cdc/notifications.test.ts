import { describe, expect, test } from 'vitest'
import {
  incrementalNotifications,
  initialNotifications,
  notificationRecord,
  signalIssues,
  signalKeys,
} from '@millrace/relational'
import { parseFields } from '../../../../src/core/config/parse.js'

describe('notifications', () => {
  test('a record has Debezium’s schemas, and all fields', () => {
    const notification = incrementalNotifications('p', 'id', ['s.a', 's.b']).inProgress('s.a', '9,x', '3,y')
    const record = notificationRecord('topic', notification, { server: 'p' }, { lsn: 1 })
    expect(record.keySchema?.name).toBe('io.debezium.connector.common.NotificationKey')
    expect(record.valueSchema?.name).toBe('io.debezium.connector.common.Notification')
    expect(record.valueSchema?.fields?.map(({ name }) => name)).toEqual([
      'id',
      'type',
      'aggregate_type',
      'additional_data',
      'timestamp',
    ])
    expect(record).toMatchObject({
      topic: 'topic',
      key: { id: 'id' },
      value: { id: 'id', type: 'IN_PROGRESS', aggregate_type: 'Incremental Snapshot' },
      partition: { server: 'p' },
      offset: { lsn: 1 },
    })
    expect((record.value as { additional_data: unknown }).additional_data).toEqual(
      new Map(
        Object.entries({
          data_collections: 's.a,s.b',
          current_collection_in_progress: 's.a',
          maximum_key: '9,x',
          last_processed_key: '3,y',
          connector_name: 'p',
        }),
      ),
    )
  })

  test('those of a first snapshot have ids of their own', () => {
    const of = initialNotifications('p', ['s.a'])
    expect(of.started().id).not.toBe(of.completed().id)
    expect(of.tableCompleted('s.a', 3).data).toEqual({
      scanned_collection: 's.a',
      data_collections: 's.a',
      total_rows_scanned: '3',
      status: 'SUCCEEDED',
      connector_name: 'p',
    })
  })
})

describe('the keys of signals', () => {
  test.each<[Record<string, string>, readonly string[]]>([
    [{}, []],
    [{ 'signal.enabled.channels': 'source,file', 'signal.data.collection': 's.t' }, []],
    [{ 'signal.enabled.channels': 'source,kafka,jmx' }, ['signal.enabled.channels', 'signal.enabled.channels']],
    [{ 'signal.data.collection': 'signals' }, ['signal.data.collection']],
    [
      { 'notification.enabled.channels': 'sink,jmx' },
      ['notification.enabled.channels', 'notification.sink.topic.name'],
    ],
    [{ 'notification.enabled.channels': 'sink,log', 'notification.sink.topic.name': 'n' }, []],
  ])('%j: issues of %j', (raw, keys) => {
    const { values, issues } = parseFields(signalKeys, raw)
    expect(issues).toEqual([])
    expect(signalIssues(values).map(({ key }) => key)).toEqual(keys)
  })
})
