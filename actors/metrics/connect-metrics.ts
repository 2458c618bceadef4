import type { InstanceState } from '../../src/core/api/connectors.js'
import type { MetricLabels, MetricSpec } from '../../src/core/api/metrics.js'
import type { EngineServices } from '../engine.js'
import type { WorkEntry, WorkKind } from '../work-journal.js'
import { connectSpec, connectText } from './connect-names.js'
import { specsOf, type Families, type TextSpec } from './families.js'
import type { NamedPlugin, PluginNames, PluginNaming } from './plugin-names.js'
import { TaskReadings } from './task-readings.js'
import { sinkTaskMetrics, sourceTaskMetrics, taskErrorMetrics, taskMetrics, type TaskMetric } from './task-specs.js'

const counted = ['running', 'paused', 'failed', 'unassigned', 'restarting', 'destroyed'] as const

const worker = specsOf(['connector-count', 'task-count'], name => connectSpec('connect-worker-metrics', name))
const taskCounts = specsOf([...counted, 'total'], state =>
  connectSpec('connect-worker-metrics', `connector-${state}-task-count`),
)
const startupNames = ['attempts-total', 'success-total', 'success-percentage', 'failure-total', 'failure-percentage']
const startups = specsOf(['connector', 'task'], kind =>
  specsOf(startupNames, name => connectSpec('connect-worker-metrics', `${kind}-startup-${name}`)),
)
const aboutConnector = ['status', 'connector-type', 'connector-class', 'connector-version'] as const
const connectorTexts = specsOf(aboutConnector, name => connectText('connector-metrics', name))
const taskTexts = specsOf([...aboutConnector, 'task-class', 'task-version'], name =>
  connectText('connector-task-metrics', name),
)
const classAndVersion = (group: string, of: string): readonly [TextSpec, TextSpec] => [
  connectText(group, `${of}-class`),
  connectText(group, `${of}-version`),
]
const converterTexts = specsOf(['key', 'value', 'header'], role =>
  classAndVersion('connector-task-metrics', `${role}-converter`),
)
const transformTexts = classAndVersion('connector-transform-metrics', 'transform')
const predicateTexts = classAndVersion('connector-predicate-metrics', 'predicate')

/**
 * Kafka Connect's metrics of what runs on this node, under the names its dashboards know. `now` is on the monotonic
 * clock. A step for each connector, between which there may be a pause: one that is gone by then is left out.
 */
export function* connectMetrics(
  families: Families,
  services: EngineServices,
  naming: PluginNaming,
  now: number,
): Generator<void> {
  const { configs } = services.stores.get()
  const { journal } = services.running.get()
  const counts = { connector: 0, task: 0 }
  for (const connector of configs.view.connectors()) {
    const entry = configs.view.connector(connector)
    if (entry !== undefined) connectorMetrics(families, services, naming, now, connector, entry, counts)
    yield
  }
  families.add(worker['connector-count'], {}, counts.connector)
  families.add(worker['task-count'], {}, counts.task)
  for (const kind of ['connector', 'task'] as const) startupMetrics(families, kind, journal.startups(kind))
}

type ConnectorEntry = NonNullable<
  ReturnType<ReturnType<EngineServices['stores']['get']>['configs']['view']['connector']>
>

function connectorMetrics(
  families: Families,
  services: EngineServices,
  naming: PluginNaming,
  now: number,
  connector: string,
  { config, tasks }: ConnectorEntry,
  counts: Record<WorkKind, number>,
): void {
  const { statuses } = services.stores.get()
  const { journal, figures } = services.running.get()
  const states = new Map<string, number>()
  const ofConnector = { connector }
  if (journal.get(`connector/${connector}`) !== undefined) {
    counts.connector++
    describe(families, connectorTexts, ofConnector, lower(statuses.view.get({ connector })?.state), naming.of(config))
  }
  tasks.forEach((taskConfig, task) => {
    const entry = journal.get(`task/${connector}-${task}`)
    if (entry === undefined) return
    counts.task++
    const labels = { connector, task: String(task) }
    const status = statuses.view.get({ connector, task })
    const state = lower(status?.state)
    states.set(state, (states.get(state) ?? 0) + 1)
    const names = naming.of(taskConfig)
    describe(families, taskTexts, labels, state, names)
    families.say(taskTexts['task-class'], labels, taskConfig['task.class'] ?? '')
    families.say(taskTexts['task-version'], labels, status?.version ?? '')
    describeParts(families, labels, names)
    const live = figures.of({ connector, task })
    if (live === undefined) return
    const readings = new TaskReadings(live, now)
    addAll(families, taskMetrics, labels, readings, entry)
    addAll(families, names.type === 'sink' ? sinkTaskMetrics : sourceTaskMetrics, labels, readings, entry)
    addAll(families, taskErrorMetrics, labels, readings, entry)
  })
  families.add(
    taskCounts.total,
    ofConnector,
    [...states.values()].reduce((sum, count) => sum + count, 0),
  )
  // A status that was deleted is not there to be counted.
  for (const state of counted) families.add(taskCounts[state], ofConnector, states.get(state) ?? 0)
}

function describe(
  families: Families,
  texts: typeof connectorTexts,
  labels: MetricLabels,
  state: string,
  { type, connector }: PluginNames,
): void {
  families.say(texts.status, labels, state)
  families.say(texts['connector-type'], labels, type)
  families.say(texts['connector-class'], labels, connector.className)
  families.say(texts['connector-version'], labels, connector.version)
}

function describeParts(families: Families, labels: MetricLabels, names: PluginNames): void {
  const say = ([ofClass, ofVersion]: readonly [TextSpec, TextSpec], of: MetricLabels, plugin: NamedPlugin): void => {
    families.say(ofClass, of, plugin.className)
    families.say(ofVersion, of, plugin.version)
  }
  for (const role of ['key', 'value', 'header'] as const) say(converterTexts[role], labels, names.converters[role])
  for (const plugin of names.transforms) say(transformTexts, { ...labels, transform: plugin.alias }, plugin)
  for (const plugin of names.predicates) say(predicateTexts, { ...labels, predicate: plugin.alias }, plugin)
}

function addAll(
  families: Families,
  metrics: readonly TaskMetric[],
  labels: MetricLabels,
  readings: TaskReadings,
  entry: WorkEntry,
): void {
  for (const metric of metrics) families.add(metric, labels, metric.read(readings, entry))
}

function startupMetrics(
  families: Families,
  kind: WorkKind,
  { succeeded, failed }: { readonly succeeded: number; readonly failed: number },
): void {
  const attempts = succeeded + failed
  const of = (name: string): MetricSpec => startups[kind][name]!
  families.add(of('attempts-total'), {}, attempts)
  families.add(of('success-total'), {}, succeeded)
  families.add(of('success-percentage'), {}, attempts > 0 ? succeeded / attempts : 0)
  families.add(of('failure-total'), {}, failed)
  families.add(of('failure-percentage'), {}, attempts > 0 ? failed / attempts : 0)
}

function lower(state: InstanceState | undefined): string {
  return (state ?? 'UNASSIGNED').toLowerCase()
}
