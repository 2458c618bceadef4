import { MillraceError } from '../../../src/core/error.js'
import { roleOf, type PluginRole } from '../../../src/core/plugin-catalogue.js'
import type { PlanningServices } from '../../../src/pipeline/assemble/plan-tasks.js'
import type { WorkerDefaults } from '../../../src/pipeline/assemble/worker-defaults.js'
import {
  defineConverter,
  definePredicate,
  defineSink,
  defineSource,
  defineTransform,
  field,
  t,
  type ConnectorPlugin,
  type ConverterPlugin,
  type Plugin,
  type PredicatePlugin,
  type TransformPlugin,
} from '../../../src/plugin/index.js'
import type { PluginLoader } from '../../../src/ports/plugin-loader.js'

const summary = 'For tests.'
const version = '1.2.0'

export const tables = defineSource({
  name: 'tables',
  version,
  summary,
  aliases: ['com.example.TablesConnector'],
  config: {
    tables: field.list({ doc: 'Tables.', unique: true }),
    password: field.password({ doc: 'Password.', optional: true }),
  },
  offsets: { partition: { table: t.string }, offset: { id: t.integer } },
  validate: ({ config, max }) =>
    config.tables.length < max ? [{ key: 'tables', message: `Fewer tables than tasks.max=${max}.` }] : [],
  tasks: ({ config }) => config.tables.map(table => ({ table })),
  exclusive: ({ tables }) => tables.map(table => `table:${table}`),
  async *read({ task }) {
    yield { topic: task.table, value: 1 }
  },
})

export const ticks = defineSource({
  name: 'ticks',
  version,
  summary,
  config: {},
  async *read() {
    yield []
  },
})

export const log = defineSink({
  name: 'log',
  version,
  summary,
  aliases: ['com.example.LogSinkConnector', 'LogSink'],
  config: { level: field.string({ doc: 'Level.', default: 'info', oneOf: ['info', 'warn'] }) },
  open: () => ({ put: () => undefined }),
})

/** Counts how often it was created, and refuses a suffix that only `create` can judge. */
export const created = { suffix: 0 }
export const suffix = defineTransform({
  name: 'suffix',
  version,
  summary,
  aliases: ['com.example.Suffix'],
  config: { with: field.string({ doc: 'What to append.' }) },
  create: config => {
    created.suffix++
    if (config.with === 'broken') throw new MillraceError('config.regex_invalid', 'It is broken.', { key: 'with' })
    return record => ({ ...record, topic: record.topic + config.with })
  },
})

export const topicIs = definePredicate({
  name: 'topic-is',
  version,
  summary,
  config: { name: field.string({ doc: 'Name.' }), other: field.string({ doc: 'Other.', optional: true }) },
  validate: ({ name, other }) => (name === other ? [{ key: 'other', message: 'Both are the same.' }] : []),
  create: config => record => record.topic === config.name,
})

export const text = defineConverter({
  name: 'text',
  version,
  summary,
  aliases: ['com.example.TextConverter'],
  config: { case: field.string({ doc: 'Case.', default: 'as-is', oneOf: ['as-is', 'upper'] }) },
  create: (config, role) => ({
    fromData: (_topic, _schema, value) => `${role}/${config.case}/${JSON.stringify(value)}`,
    toData: (_topic, bytes) => ({ value: bytes?.toString() ?? null }),
  }),
})

export const headersOnly = defineConverter({
  name: 'headers-only',
  version,
  summary,
  roles: ['header'],
  config: {},
  create: () => ({ fromData: () => null, toData: () => ({ value: null }) }),
})

const all: readonly Plugin[] = [tables, ticks, log, suffix, topicIs, text, headersOnly]

/** Finds test plugins by own name or declared alias. */
export function loaderOf(plugins: readonly Plugin[] = all): PluginLoader {
  const find = async (role: PluginRole, name: string): Promise<Plugin> => {
    const plugin = plugins.find(
      of => roleOf(of.kind) === role && (of.name === name || of.aliases?.includes(name) === true),
    )
    if (!plugin) throw new MillraceError('plugin.unknown', `No ${role} ${name}.`, { hint: 'There are others.' })
    return plugin
  }
  return {
    connector: async name => (await find('connector', name)) as ConnectorPlugin,
    transform: async name => (await find('transform', name)) as TransformPlugin,
    predicate: async name => (await find('predicate', name)) as PredicatePlugin,
    converter: async name => (await find('converter', name)) as ConverterPlugin,
    classNames: role => plugins.filter(of => roleOf(of.kind) === role).map(of => of.aliases?.[0] ?? of.name),
  }
}

export const worker: WorkerDefaults = {
  keyConverter: { class: 'text', config: {} },
  valueConverter: { class: 'com.example.TextConverter', config: { case: 'upper' } },
  headerConverter: { class: 'headers-only', config: {} },
  producer: { acks: 'all', 'linger.ms': '5' },
  consumer: { 'max.poll.records': '10' },
  admin: {},
  overridePolicy: { policy: 'All' },
  topicCreation: true,
  topicTracking: { enabled: true, allowReset: true },
  offsetFlushIntervalMs: 60_000,
  offsetFlushTimeoutMs: 5_000,
  exactlyOnce: false,
}

export function services(signal: AbortSignal = new AbortController().signal): PlanningServices & {
  readonly warnings: string[]
} {
  const warnings: string[] = []
  const quiet = (): void => undefined
  return {
    signal,
    warnings,
    logger: { debug: quiet, info: quiet, warn: message => warnings.push(message), error: quiet },
    offsets: { last: async () => undefined, all: async () => [] },
    watch: quiet,
  }
}
