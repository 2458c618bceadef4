import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { readExposition, type ReadFamily } from '../rest/exposition-parser.js'
import { connectGroups, missingFrom } from './connect-mbeans.js'
import { startTestNode, type TestNode } from './test-node.js'

let node: TestNode
afterEach(() => node.end())

const source = 'a "quoted" \\ 🙂 {name}'

async function metrics(): Promise<ReadonlyMap<string, ReadFamily>> {
  const response = await fetch(`${node.url}/metrics`)
  expect(response.headers.get('content-type')).toContain('version=0.0.4')
  return readExposition(await response.text())
}

function valueOf(
  all: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Record<string, string>,
): number | undefined {
  return all
    .get(name)
    ?.samples.find(sample => Object.entries(labels).every(([key, value]) => sample.labels.get(key) === value))?.value
}

test("a whole node's metrics are well formed and carry Connect's names, whatever its connectors are called", async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
  await node.put(source, { 'connector.class': 'steady', topic: 'steady', count: '50' })
  await node.put('sink', {
    'connector.class': 'FileStreamSink',
    topics: 'steady',
    file: `${node.home}/out.txt`,
    'header.converter': 'SimpleHeaderConverter',
    transforms: 'keep',
    'transforms.keep.type': 'Filter',
    'transforms.keep.predicate': 'never',
    predicates: 'never,idle',
    'predicates.never.type': 'RecordIsTombstone',
    'predicates.idle.type': 'RecordIsTombstone',
  })
  await node.put('failed', { 'connector.class': 'faulty', topic: 'x', fault: 'throws', 'restart.policy': 'none' })
  await until('all to arrive', 20_000, async () => (await node.lines('out.txt')).length === 50)
  await until('the one to fail', 20_000, () => node.taskState('failed') === 'FAILED')
  const ofSource = { connector: source, task: '0' }
  const ofSink = { connector: 'sink', task: '0' }
  const all = await until('the sink to have committed', 20_000, async () => {
    const read = await metrics()
    const commits = valueOf(read, 'kafka_connect_sink_task_metrics_offset_commit_completion_total', ofSink) ?? 0
    return commits > 0 && read
  })

  const told = (name: string, labels: Record<string, string> = {}) => valueOf(all, `kafka_connect_${name}`, labels)
  expect({
    written: told('source_task_metrics_source_record_write_total', ofSource),
    polled: told('source_task_metrics_source_record_poll_total', ofSource),
    sent: told('sink_task_metrics_sink_record_send_total', ofSink),
    partitions: told('sink_task_metrics_partition_count', ofSink),
    status: told('connector_task_metrics_status', { ...ofSource, status: 'running' }),
    failedStatus: told('connector_task_metrics_status', { connector: 'failed', status: 'failed' }),
    type: told('connector_metrics_connector_type', { connector: 'sink', connector_type: 'sink' }),
    connectors: told('connect_worker_metrics_connector_count'),
    tasks: told('connect_worker_metrics_task_count'),
    failedTasks: told('connect_worker_metrics_connector_failed_task_count', { connector: 'failed' }),
    runningTasks: told('connect_worker_metrics_connector_running_task_count', { connector: source }),
    errors: told('task_error_metrics_total_record_errors', ofSink),
    startups: told('connect_worker_metrics_connector_startup_success_total'),
  }).toEqual({
    written: 50,
    polled: 50,
    sent: 50,
    partitions: 1,
    status: 1,
    failedStatus: 1,
    type: 1,
    connectors: 3,
    tasks: 3,
    failedTasks: 1,
    runningTasks: 1,
    errors: 0,
    startups: 3,
  })
  // 50 records within the first window of 30 s.
  expect(told('source_task_metrics_source_record_write_rate', ofSource)).toBeGreaterThan(0)
  expect(told('source_task_metrics_source_record_write_rate', ofSource)).toBeLessThanOrEqual(50 / 30)
  expect(told('sink_task_metrics_put_batch_avg_time_ms', ofSink)).toBeGreaterThan(0)
  expect(told('connector_task_metrics_running_ratio', ofSink)).toBeGreaterThan(0)

  const labelled = (name: string, labels: Record<string, string>): (string | undefined)[] =>
    (all.get(`kafka_connect_${name}`)?.samples ?? [])
      .filter(({ labels: of }) => Object.entries(labels).every(([key, value]) => of.get(key) === value))
      .map(({ labels: of }) => [...of.values()].at(-1))
  expect({
    class: labelled('connector_task_metrics_connector_class', ofSink),
    connectorType: labelled('connector_task_metrics_connector_type', ofSink),
    taskVersion: labelled('connector_task_metrics_task_version', ofSink),
    key: labelled('connector_task_metrics_key_converter_class', ofSink),
    keyVersion: labelled('connector_task_metrics_key_converter_version', ofSink),
    value: labelled('connector_task_metrics_value_converter_class', ofSink),
    header: labelled('connector_task_metrics_header_converter_class', ofSink),
    transform: labelled('connector_transform_metrics_transform_class', { ...ofSink, transform: 'keep' }),
    transformVersion: labelled('connector_transform_metrics_transform_version', ofSink),
    predicate: labelled('connector_predicate_metrics_predicate_class', ofSink),
    rebalance: [...all.keys()].filter(name => name.includes('rebalance')),
  }).toEqual({
    class: ['org.apache.kafka.connect.file.FileStreamSinkConnector'],
    connectorType: ['sink'],
    taskVersion: ['4.3.0'],
    key: ['org.apache.kafka.connect.storage.StringConverter'],
    keyVersion: ['4.3.0'],
    value: ['org.apache.kafka.connect.storage.StringConverter'],
    header: ['org.apache.kafka.connect.storage.SimpleHeaderConverter'],
    transform: ['org.apache.kafka.connect.transforms.Filter'],
    transformVersion: ['4.3.0'],
    // The one that no transform asks is not there, as in Connect.
    predicate: ['org.apache.kafka.connect.transforms.predicates.RecordIsTombstone'],
    rebalance: [],
  })
  expect(told('source_task_metrics_transaction_size_min', ofSource)).toBeGreaterThan(0)

  const ofPeers = /^(app-info|kafka-metrics-count|connect-(coordinator|node|worker-rebalance)?-?metrics)$/
  expect(
    missingFrom(
      all,
      connectGroups().filter(({ type }) => !ofPeers.test(type)),
    ),
  ).toEqual([])

  const documented = readFileSync(new URL('../../actors/metrics/README.md', import.meta.url), 'utf8')
  const ours = [...all.keys()].filter(name => !name.startsWith('kafka_connect_'))
  expect(ours.filter(name => !documented.includes(`\`${name}\``))).toEqual([])

  const own = (name: string, labels: Record<string, string> = {}) => valueOf(all, `millrace_${name}`, labels)
  expect(own('task_lag_records', ofSink)).toBe(0)
  expect(own('task_lag_seconds', ofSink)).toBe(0)
  // A source that says nothing of it has no lag.
  expect(own('task_lag_records', ofSource)).toBeUndefined()
  const endToEnd = (labels: Record<string, string>, series: string): number | undefined =>
    all
      .get('millrace_task_e2e_latency_seconds')
      ?.samples.find(
        of => of.series === series && Object.entries(labels).every(([key, text]) => of.labels.get(key) === text),
      )?.value
  expect([endToEnd(ofSource, '_count'), endToEnd(ofSink, '_count')]).toEqual([50, 50])
  expect(endToEnd(ofSink, '_sum')).toBeGreaterThan(0)
  expect([...all].filter(([, { help, type }]) => help === undefined || type === 'untyped')).toEqual([])
  const [view] = node.inspector.tasks('sink')
  expect(view).toMatchObject({ lag: { records: 0, ms: 0 }, lastProgressAt: expect.any(Number) })
  expect(view!.e2e!.p50).toBeLessThanOrEqual(view!.e2e!.p99)
  expect(Math.abs(view!.lastProgressAt! - Date.now())).toBeLessThan(60_000)
  expect(own('task_stalled', ofSink)).toBe(0)
  expect(own('task_last_progress_age_seconds', ofSink)).toBeGreaterThanOrEqual(0)
  expect(own('actor_mailbox_messages', { actor: 'node/engine/work-supervisor/task' })).toBeGreaterThanOrEqual(0)
  await until('a thread to have told its processor time', 10_000, async () => {
    const cpu = (await metrics()).get('millrace_thread_cpu_seconds_total')
    return cpu !== undefined && cpu.samples.some(({ value }) => value > 0)
  })
  expect(valueOf(all, 'process_resident_memory_bytes', {})).toBeGreaterThan(10_000_000)
  expect([...all].filter(([name, { type }]) => name.endsWith('_total') && type !== 'counter')).toEqual([])
}, 60_000)
