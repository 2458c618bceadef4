import { describe, expect, it } from 'vitest'
import { configDef } from '../../../src/core/config/config-def.js'
import type { RawConfig } from '../../../src/core/config/field.js'
import { checkConnector } from '../../../src/pipeline/assemble/check-connector.js'
import type { WorkerDefaults } from '../../../src/pipeline/assemble/worker-defaults.js'
import { defineSink, defineSource } from '../../../src/plugin/index.js'
import { headersOnly, loaderOf, log, services, tables, text, worker } from './plugins.js'

const source: RawConfig = { name: 'a', 'connector.class': 'tables', tables: 'x,y' }
const sink: RawConfig = { name: 'b', 'connector.class': 'log', topics: 'x' }

const check = (raw: RawConfig, on: Partial<WorkerDefaults> = {}, loader = loaderOf()) =>
  checkConnector(raw, { ...worker, ...on }, loader, services())

const issuesOf = async (raw: RawConfig, on: Partial<WorkerDefaults> = {}): Promise<readonly (readonly string[])[]> =>
  (await check(raw, on)).issues.map(({ key, message }) => [key, message])

describe('checkConnector', () => {
  it('finds nothing wrong with the least a source and a sink need', async () => {
    expect(await issuesOf(source)).toEqual([])
    expect(await issuesOf(sink)).toEqual([])
    expect(await check(source)).toMatchObject({
      className: 'com.example.TablesConnector',
      plugin: tables,
      exclusive: ['table:x', 'table:y'],
    })
    expect(await check({ ...sink, 'connector.class': 'LogSink' })).toMatchObject({ className: 'LogSink', plugin: log })
  })

  it('reports everything wrong at once, each with its key (I10)', async () => {
    const raw = {
      name: '',
      'connector.class': 'log',
      'tasks.max': '0',
      topics: 'a,a',
      'topics.regex': '[',
      level: 'loud',
      transforms: 't,u,t',
      'transforms.t.type': 'nope',
      'transforms.u.type': 'suffix',
      'transforms.u.negate': 'true',
      predicates: 'p',
      'key.converter': 'none.such.Converter',
      'value.converter': 'text',
      'value.converter.case': 'lower',
      'errors.tolerance': 'some',
      'restart.policy': 'always',
      'stall.timeout.ms': 'x',
      stranger: null,
    }
    const { issues } = await check(raw)
    expect(issues.map(({ key }) => key)).toEqual([
      'name',
      'tasks.max',
      'transforms',
      'errors.tolerance',
      'topics',
      'topics.regex',
      'topics',
      'topics.regex',
      'predicates.p.type',
      'transforms.t.type',
      'transforms.u.type',
      'transforms.u.with',
      'restart.policy',
      'stall.timeout.ms',
      'stall.timeout.ms',
      'level',
      'key.converter',
      'value.converter.case',
      'stranger',
    ])
    const said = (key: string): readonly string[] => issues.filter(of => of.key === key).map(of => of.message)
    expect(said('name')).toEqual(['Invalid value  for configuration name: String may not be empty'])
    expect(said('transforms')).toEqual([
      'Invalid value [t, u, t] for configuration transforms: Duplicate alias provided.',
    ])
    expect(said('topics')).toContain('topics and topics.regex are mutually exclusive options, but both are set.')
    expect(said('topics.regex')[0]).toMatch(/^Invalid value \[ for configuration topics\.regex: Invalid regex: ./)
    expect(said('transforms.t.type')).toEqual([
      'Invalid value nope for configuration transforms.t.type: Class nope could not be found.',
    ])
    expect(said('predicates.p.type')).toEqual([
      'Missing required configuration "predicates.p.type" which has no default value.',
    ])
    expect(said('stranger')).toEqual(['Null value can not be supplied as the configuration value.'])
  })

  it('without a known class checks the keys that every connector has', async () => {
    expect(await issuesOf({ 'tasks.max': 'x' })).toEqual([
      ['name', 'Missing required configuration "name" which has no default value.'],
      ['connector.class', 'Missing required configuration "connector.class" which has no default value.'],
      ['tasks.max', 'Invalid value x for configuration tasks.max: Not a number of type INT'],
      ['tasks.max', 'Invalid value null for configuration tasks.max: Value must be non-null'],
    ])
    const unknown = await check({ name: 'a', 'connector.class': 'nope' })
    expect(unknown.plugin).toBeUndefined()
    expect(unknown.issues).toEqual([
      {
        key: 'connector.class',
        message: 'Invalid value nope for configuration connector.class: Class nope could not be found.',
        hint: 'There are others.',
      },
    ])
  })

  it('refuses control characters in a name', async () => {
    expect(await issuesOf({ ...source, name: 'a\u0007b' })).toEqual([
      [
        'name',
        'Invalid value a\u0007b for configuration name: String may not contain control sequences but had the following ASCII chars: 7',
      ],
    ])
  })

  it("asks the connector's own validate only once its keys are valid, and takes its throw for an issue", async () => {
    expect(await issuesOf({ ...source, 'tasks.max': '3' })).toEqual([['tables', 'Fewer tables than tasks.max=3.']])
    expect(await issuesOf({ ...source, tables: 'x,x', 'tasks.max': '3' })).toEqual([
      ['tables', "Configuration 'tables' values must not be duplicated."],
    ])
    const away = defineSource({
      name: 'away',
      version: '1',
      summary: 'x',
      config: {},
      validate: async () => Promise.reject(new Error('connection refused')),
      async *read() {
        yield []
      },
    })
    const { issues } = await check({ name: 'a', 'connector.class': 'away' }, {}, loaderOf([away, text, headersOnly]))
    expect(issues).toEqual([
      { key: 'connector.class', message: 'The connector could not check its configuration: connection refused' },
    ])
  })

  it('takes whatever else the connector throws when asked for an issue', async () => {
    const refuse = (): never => {
      throw new Error('broken')
    }
    const broken = defineSource({
      name: 'broken',
      version: '1',
      summary: 'x',
      config: {},
      exclusive: refuse,
      exactlyOnce: refuse,
      async *read() {
        yield []
      },
    })
    const raw = { name: 'a', 'connector.class': 'broken' }
    const loader = loaderOf([broken, text, headersOnly])
    const once = await check({ ...raw, 'exactly.once.support': 'required' }, { exactlyOnce: true }, loader)
    expect(once.issues).toEqual([
      { key: 'exactly.once.support', message: 'An unexpected error occurred during validation: broken' },
    ])
    expect((await check(raw, {}, loader)).issues).toEqual([
      { key: 'connector.class', message: 'The connector could not say what it holds: broken' },
    ])
  })

  it('does not wait for a validate beyond its signal', async () => {
    const stuck = defineSink({
      name: 'stuck',
      version: '1',
      summary: 'x',
      config: {},
      validate: () => new Promise(() => undefined),
      open: () => ({ put: () => undefined }),
    })
    const deadline = new AbortController()
    const checking = checkConnector(
      { ...sink, 'connector.class': 'stuck' },
      worker,
      loaderOf([stuck, text, headersOnly]),
      services(deadline.signal),
    )
    deadline.abort()
    const { issues } = await checking
    expect(issues.map(({ message }) => message)).toEqual([
      'The connector could not check its configuration: The connector did not finish checking its configuration in time.',
    ])
  })

  it('takes the installed version and refuses another', async () => {
    expect(await issuesOf({ ...source, 'connector.plugin.version': '[1.0,2.0)' })).toEqual([])
    const message =
      'Plugin com.example.TablesConnector not found that matches the version range [1.1,1.1], available versions: [1.2.0]'
    expect(await issuesOf({ ...source, 'connector.plugin.version': '1.1' })).toEqual([
      ['connector.class', message],
      ['connector.plugin.version', message],
    ])
    expect((await issuesOf({ ...source, 'connector.plugin.version': '[1.0' })).map(([key]) => key)).toContain(
      'connector.plugin.version',
    )
  })

  describe('topics of a sink', () => {
    it.each([
      [{ topics: '' }, ['topics', 'topics.regex'], 'Must configure one of topics or topics.regex'],
      [
        { 'topics.regex': 'x.*' },
        ['topics', 'topics.regex'],
        'topics and topics.regex are mutually exclusive options, but both are set.',
      ],
      [
        { 'errors.deadletterqueue.topic.name': 'x' },
        ['topics'],
        "The DLQ topic 'x' may not be included in the list of topics ('topics=[x]') consumed by the connector",
      ],
      [
        { topics: '', 'topics.regex': 'a|dlq.*', 'errors.deadletterqueue.topic.name': 'dlq-b' },
        ['topics.regex'],
        "The DLQ topic 'dlq-b' may not be matched by the regex for the topics ('topics.regex=a|dlq.*') consumed by the connector",
      ],
    ])('%j', async (keys, onKeys, message) => {
      expect(await issuesOf({ ...sink, ...keys })).toEqual(onKeys.map(key => [key, message]))
    })

    it('a pattern must match the whole name of the dead letter topic to be in its way', async () => {
      const raw = { ...sink, topics: '', 'topics.regex': 'dlq', 'errors.deadletterqueue.topic.name': 'dlq-b' }
      expect(await issuesOf(raw)).toEqual([])
    })

    it("refuses the worker's own group", async () => {
      expect(await issuesOf(sink, { group: 'connect-b' })).toEqual([
        ['name', 'Consumer group for sink connector named b conflicts with Connect worker group connect-b'],
      ])
      const raw = { ...sink, 'consumer.override.group.id': 'cluster' }
      expect(await issuesOf(raw, { group: 'cluster' })).toEqual([
        ['consumer.override.group.id', 'Consumer group cluster conflicts with Connect worker group cluster'],
      ])
      expect(await issuesOf(raw, { group: 'connect-b' })).toEqual([])
    })
  })

  describe('exactly once', () => {
    const required = { ...source, 'exactly.once.support': 'Required' }

    it('refuses what the worker, then the connector, cannot give', async () => {
      expect(await issuesOf(required)).toEqual([
        ['exactly.once.support', 'This worker does not have exactly-once source support enabled.'],
      ])
      expect(await issuesOf(required, { exactlyOnce: true })).toEqual([])
      expect(await issuesOf({ ...required, 'connector.class': 'ticks' }, { exactlyOnce: true })).toEqual([
        [
          'exactly.once.support',
          'The connector does not support exactly-once semantics with the provided configuration.',
        ],
      ])
    })

    it('refuses boundaries that the connector does not set, and words that mean nothing', async () => {
      const raw = { ...source, 'transaction.boundary': 'connector' }
      expect((await issuesOf(raw, { exactlyOnce: true })).map(([key]) => key)).toEqual(['transaction.boundary'])
      expect((await issuesOf(raw)).map(([key]) => key)).toEqual(['transaction.boundary'])
      expect(await issuesOf({ ...source, 'transaction.boundary': 'often' })).toEqual([
        [
          'transaction.boundary',
          'Invalid value often for configuration transaction.boundary: String must be one of (case insensitive): INTERVAL, POLL, CONNECTOR',
        ],
      ])
    })
  })

  describe('client overrides', () => {
    const raw = { ...source, 'producer.override.acks': '1', 'consumer.override.sasl.mechanism': 'PLAIN' }

    it.each([
      [{ policy: 'All' } as const, []],
      [{ policy: 'None' } as const, ['producer.override.acks']],
      [{ policy: 'Principal' } as const, ['producer.override.acks']],
      [{ policy: 'Allowlist', allowed: ['acks'] } as const, []],
      [{ policy: 'Allowlist', allowed: [] } as const, ['producer.override.acks']],
    ])('under %j only clients in use are judged', async (overridePolicy, refused) => {
      const found = await issuesOf(raw, { overridePolicy })
      expect(found.map(([key]) => key)).toEqual(refused)
      for (const [, message] of found)
        expect(message).toBe(
          `The '${overridePolicy.policy}' policy does not allow 'acks' to be overridden in the connector configuration.`,
        )
    })

    it("judges a source's consumer and admin where it needs them, and a sink's producer with a dead letter topic", async () => {
      const none = { overridePolicy: { policy: 'None' } } as const
      const overrides = { 'producer.override.a': '1', 'consumer.override.b': '1', 'admin.override.c': '1' }
      const keys = async (of: RawConfig, on: Partial<WorkerDefaults> = {}) =>
        (await issuesOf({ ...of, ...overrides }, { ...none, ...on })).map(([key]) => key)
      const [producer, consumer, admin] = Object.keys(overrides)
      expect(await keys(source)).toEqual([producer])
      expect(await keys({ ...source, 'offsets.storage.topic': 'o' })).toEqual([producer, consumer, admin])
      expect(await keys(source, { exactlyOnce: true })).toEqual([producer, consumer, admin])
      expect(await keys(sink)).toEqual([consumer])
      expect(await keys({ ...sink, 'errors.deadletterqueue.topic.name': 'd' })).toEqual([producer, consumer, admin])
    })
  })

  it('shows secrets nowhere (I8)', async () => {
    const checked = await check({ ...source, password: 'hunter2', tables: 'x,x' })
    expect(JSON.stringify(checked)).not.toContain('hunter2')
  })

  it("lists declared keys in Connect's order, for ConfigInfos", async () => {
    const raw = {
      ...sink,
      transforms: 't',
      'transforms.t.type': 'suffix',
      'transforms.t.with': '-a',
      'key.converter': 'text',
    }
    const { sections } = await check(raw)
    const keys = sections.flatMap(({ fields, ...embedding }) => configDef(fields, embedding))
    expect(keys.map(({ name }) => name).filter(name => !name.includes('plugin.version'))).toEqual([
      'name',
      'connector.class',
      'tasks.max',
      'tasks.max.enforce',
      'key.converter',
      'value.converter',
      'header.converter',
      'transforms',
      'predicates',
      'config.action.reload',
      'errors.retry.timeout',
      'errors.retry.delay.max.ms',
      'errors.tolerance',
      'errors.log.enable',
      'errors.log.include.messages',
      'topics',
      'topics.regex',
      'errors.deadletterqueue.topic.name',
      'errors.deadletterqueue.topic.replication.factor',
      'errors.deadletterqueue.context.headers.enable',
      'transforms.t.type',
      'transforms.t.with',
      'transforms.t.negate',
      'transforms.t.predicate',
      'restart.policy',
      'restart.max',
      'restart.period.ms',
      'restart.backoff.ms',
      'restart.backoff.max.ms',
      'restart.reset.ms',
      'stall.timeout.ms',
      'isolation',
      'task.memory.max',
      'level',
      'key.converter.case',
    ])
    const place = (name: string) => {
      const found = keys.find(key => key.name === name)
      return [found?.group, found?.order_in_group, found?.width]
    }
    expect(place('topics')).toEqual(['Common', 4, 'LONG'])
    expect(place('errors.tolerance')).toEqual(['Error Handling', 3, 'SHORT'])
    expect(place('transforms.t.type')).toEqual(['Transforms: t', 0, 'LONG'])
    expect(place('transforms.t.with')).toEqual(['Transforms: t', 2, 'NONE'])
    expect(place('transforms.t.predicate')).toEqual(['Transforms: t', 4, 'NONE'])
  })
})
