import type { ConfigOf, RawConfig } from '../../core/config/field.js'
import { nullProblem } from '../../core/config/parse.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import type { ConfigIssue } from '../../core/error.js'
import type { ConnectorPlugin } from '../../plugin/index.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import type { SinkDefinition, TaskDefinition } from '../task-definition.js'
import { effectiveSettings, type ClientKind } from './client-overrides.js'
import { commonFields } from './common-keys.js'
import { readConverter } from './converters.js'
import { classNameOf, unloadable, versionIssues } from './plugin-part.js'
import { readSink } from './read-sink.js'
import { readSource } from './read-source.js'
import { runtimeFields, taskPolicy } from './runtime-keys.js'
import { readTransforms } from './transforms.js'
import type { WorkerDefaults } from './worker-defaults.js'

/** What makes one task's definition differ from those of the connector's other tasks. */
export interface TaskPlace {
  /** What the plugin's `tasks` made for it. */
  readonly task: unknown
  /** From 0. */
  readonly number: number
  readonly count: number
}

/** What tasks of sources and sinks have in common. */
export type TaskParts = Omit<SinkDefinition, 'kind' | 'plugin' | 'topics' | 'group' | 'errors'>

/** A configuration without errors. */
export interface ReadyConnector {
  readonly plugin: ConnectorPlugin
  /** The plugin's own keys. */
  readonly config: Readonly<Record<string, unknown>>
  readonly name: string
  readonly tasksMax: number
  readonly tasksMaxEnforced: boolean
  /** The transforms and converters in it were created for this reading: make one task of it, not more. */
  define(place: TaskPlace): TaskDefinition
}

/** Everything a configuration says, and everything wrong with it that shows without asking the connector. */
export interface ConnectorReading {
  /** Absent where `connector.class` is missing or names nothing that can be loaded. */
  readonly plugin?: ConnectorPlugin
  /** The class name to show. */
  readonly className?: string
  /** Declared keys in Connect's order: common, transforms, predicates, Millrace's, the plugin's own, converters. */
  readonly sections: readonly ConfigSection[]
  readonly issues: readonly ConfigIssue[]
  /** The Kafka clients in use, whose settings may be overridden. */
  readonly clients: readonly ClientKind[]
  /** The plugin's own keys, where none of them has an issue. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Where there is no issue at all. */
  readonly ready?: ReadyConnector
}

/** Reads a connector's configuration. Throws nothing for what is wrong with it. */
export async function readConnector(
  raw: RawConfig,
  worker: WorkerDefaults,
  loader: PluginLoader,
): Promise<ConnectorReading> {
  const base = parseSection(commonFields, raw)
  const className = base.values['connector.class']
  const { plugin, issues: classIssues } = await loadConnector(className, loader)
  const own = plugin && parseSection(plugin.config, raw)
  const config = own?.issues.length === 0 ? own.values : undefined
  const kind =
    plugin && (plugin.kind === 'sink' ? readSink(plugin, raw, worker) : readSource(plugin, raw, worker, config))

  const transforms = await readTransforms(raw, aliasesOf(base.values), loader)
  const converter = (role: 'key' | 'value' | 'header') => {
    const chosen = { class: base.values[`${role}.converter`], version: base.values[`${role}.converter.plugin.version`] }
    return readConverter(role, raw, chosen, worker[`${role}Converter`], loader)
  }
  const [header, key, value] = [await converter('header'), await converter('key'), await converter('value')]

  const runtime = parseSection(runtimeFields, raw)
  const sections = [
    kind?.section ?? base,
    ...transforms.sections,
    runtime,
    own,
    header.section,
    key.section,
    value.section,
  ].filter(section => section !== undefined)
  const issues = nullsLast([
    ...(kind?.section ?? base).issues,
    ...classIssues,
    ...(plugin
      ? versionIssues(['connector.class', 'connector.plugin.version'], plugin, base.values['connector.plugin.version'])
      : []),
    ...(kind?.issues ?? []),
    ...transforms.issues,
    ...taskPolicy(raw).issues,
    ...(own?.issues ?? []),
    ...header.issues,
    ...key.issues,
    ...value.issues,
    ...undeclaredNulls(raw, sections),
  ])
  const reading = {
    ...(plugin && { plugin, className: classNameOf(plugin, className) }),
    ...(config && { config }),
    sections,
    issues,
    clients: kind?.clients ?? [],
  }
  if (issues.length > 0 || !plugin || !kind || !config || !key.step || !value.step || !header.step) return reading
  const compiled = {
    config,
    transforms: transforms.steps,
    keyConverter: key.step,
    valueConverter: value.step,
    headerConverter: header.step,
    raw,
    producer: effectiveSettings(worker.producer, raw, 'producer'),
    consumer: effectiveSettings(worker.consumer, raw, 'consumer'),
  }
  return {
    ...reading,
    ready: {
      plugin,
      config,
      name: base.values.name,
      tasksMax: base.values['tasks.max'],
      tasksMaxEnforced: base.values['tasks.max.enforce'],
      define: ({ task, number, count }) =>
        kind.define({
          ...compiled,
          id: { connector: base.values.name, task: number },
          taskCount: count,
          task: plugin.tasks ? task : undefined,
        }),
    },
  }
}

async function loadConnector(
  name: string | undefined,
  loader: PluginLoader,
): Promise<{ readonly plugin?: ConnectorPlugin; readonly issues: readonly ConfigIssue[] }> {
  if (name === undefined) return { issues: [] }
  try {
    return { plugin: await loader.connector(name), issues: [] }
  } catch (error) {
    return { issues: [unloadable('connector.class', name, error)] }
  }
}

/** A list that could not be parsed counts as empty: its own issue stands already. */
function aliasesOf(values: Partial<ConfigOf<typeof commonFields>>) {
  return { transforms: values.transforms ?? [], predicates: values.predicates ?? [] }
}

/** Connect looks for them when all else is said. */
function nullsLast(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const isNull = ({ message }: ConfigIssue): boolean => message === nullProblem
  return [...issues.filter(issue => !isNull(issue)), ...issues.filter(isNull)]
}

/** Connect refuses null for any key, also one that nobody declared. */
function undeclaredNulls(raw: RawConfig, sections: readonly ConfigSection[]): readonly ConfigIssue[] {
  const declared = new Set(sections.flatMap(({ prefix, fields }) => Object.keys(fields).map(key => prefix + key)))
  return Object.entries(raw)
    .filter(([key, value]) => value === null && !declared.has(key))
    .map(([key]) => ({ key, message: nullProblem }))
}
