import { beforeEach, describe, expect, it } from 'vitest'
import type { RawConfig } from '../../../src/core/config/field.js'
import { assembleTask } from '../../../src/pipeline/assemble/assemble-task.js'
import type { TaskPlace } from '../../../src/pipeline/assemble/read-connector.js'
import type { WorkerDefaults } from '../../../src/pipeline/assemble/worker-defaults.js'
import type { SinkDefinition, SourceDefinition } from '../../../src/pipeline/task-definition.js'
import { created, loaderOf, log, tables, worker } from './plugins.js'

const place: TaskPlace = { task: { table: 'x' }, number: 1, count: 2 }
const source: RawConfig = { name: 'a', 'connector.class': 'tables', tables: 'x,y' }
const sink: RawConfig = { name: 'b', 'connector.class': 'log', topics: 'x , y' }

const assemble = (raw: RawConfig, on: Partial<WorkerDefaults> = {}) =>
  assembleTask(raw, { ...worker, ...on }, loaderOf(), place)
const assembleSource = async (raw: RawConfig, on: Partial<WorkerDefaults> = {}) =>
  (await assemble({ ...source, ...raw }, on)) as SourceDefinition
const assembleSink = async (raw: RawConfig) => (await assemble({ ...sink, ...raw })) as SinkDefinition

beforeEach(() => {
  created.suffix = 0
})

describe('assembleTask', () => {
  it('makes a source definition with the connector parsed and the defaults of the contract', async () => {
    const definition = await assembleSource({ password: 'hush' })
    expect(definition).toMatchObject({
      kind: 'source',
      plugin: tables,
      id: { connector: 'a', task: 1 },
      taskCount: 2,
      task: { table: 'x' },
      config: { tables: ['x', 'y'] },
      transforms: [],
      topicCreation: [],
      producer: { acks: 'all', 'linger.ms': '5' },
    })
    expect(definition.errors).toEqual({
      tolerance: 'none',
      retryTimeoutMs: 0,
      retryDelayMaxMs: 60_000,
      logEnable: false,
      logIncludeMessages: false,
    })
  })

  describe('exactly once', () => {
    const once = { exactlyOnce: true, group: 'g' }

    it('gives each task of a source its transactional id, and the boundary asked for', async () => {
      const boundaryOf = async (raw: RawConfig) => (await assembleSource(raw, once)).transactions
      expect(await boundaryOf({})).toEqual({ id: 'g-a-1', boundary: { type: 'poll' } })
      const interval = { 'transaction.boundary': 'Interval' }
      expect(await boundaryOf(interval)).toMatchObject({ boundary: { type: 'interval', intervalMs: 60_000 } })
      expect(await boundaryOf({ ...interval, 'transaction.boundary.interval.ms': '500' })).toMatchObject({
        boundary: { type: 'interval', intervalMs: 500 },
      })
    })

    it('is left to the worker and to the connector: with "requested" it runs as it can', async () => {
      expect(await assembleSource({}, { group: 'g' })).not.toHaveProperty('transactions')
      expect(await assembleSource({}, { exactlyOnce: true })).not.toHaveProperty('transactions')
      expect(await assembleSource({ 'connector.class': 'ticks' }, once)).not.toHaveProperty('transactions')
    })
  })

  it('gives sources a dead letter topic too', async () => {
    const { errors } = await assembleSource({
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': ' dead ',
      'errors.deadletterqueue.context.headers.enable': 'true',
    })
    expect(errors).toMatchObject({
      tolerance: 'all',
      deadLetter: { topic: 'dead', replicationFactor: 3, contextHeaders: true },
    })
  })

  it('names the topics of a sink in the order configured, or matches whole names by a Java pattern', async () => {
    const named = await assembleSink({})
    expect(named).toMatchObject({ kind: 'sink', plugin: log, topics: { names: ['x', 'y'] }, group: 'connect-b' })
    const { topics } = await assembleSink({ topics: '', 'topics.regex': 'orders-\\p{Alpha}+|x' })
    if ('names' in topics) throw new Error('named')
    expect(['orders-eu', 'x', 'orders-1', 'xx', 'my-orders-eu'].filter(name => topics.matches(name))).toEqual([
      'orders-eu',
      'x',
    ])
  })

  it("lays the connector's client overrides over the worker's settings", async () => {
    const definition = await assembleSink({
      'producer.override.linger.ms': '0',
      'consumer.override.group.id': 'mine',
    })
    expect(definition.producer).toEqual({ acks: 'all', 'linger.ms': '0' })
    expect(definition.consumer).toEqual({ 'max.poll.records': '10', 'group.id': 'mine' })
    expect(definition.group).toBe('mine')
  })

  it('gives no task data to a plugin that plans none', async () => {
    expect((await assemble(sink)).task).toBeUndefined()
  })

  it('fails with every issue and starts nothing', async () => {
    const failing = assemble({ ...source, tables: 'x,x', 'errors.tolerance': 'some', 'topic.creation.groups': 'g' })
    await expect(failing).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(failing).rejects.toHaveProperty(
      'issues',
      [
        ['errors.tolerance', /String must be one of: none, all/],
        ['topic.creation.default.replication.factor', /Missing required/],
        ['topic.creation.default.partitions', /Missing required/],
        ['tables', /must not be duplicated/],
      ].map(([key, message]) => ({ key, message: expect.stringMatching(message as RegExp) as unknown })),
    )
  })
})

describe('converters', () => {
  const written = async (raw: RawConfig, on: Partial<WorkerDefaults> = {}) => {
    const { keyConverter, valueConverter } = await assembleSource(raw, on)
    const write = ({ converter }: typeof keyConverter) => converter.fromData('t', undefined, 'v', [])
    return [write(keyConverter), write(valueConverter)]
  }

  it("are the worker's with the worker's sub-keys", async () => {
    expect(await written({})).toEqual(['key/as-is/"v"', 'value/upper/"v"'])
  })

  it("ignore the connector's sub-keys unless it names the class too", async () => {
    expect(await written({ 'key.converter.case': 'upper', 'value.converter.case': 'nonsense' })).toEqual([
      'key/as-is/"v"',
      'value/upper/"v"',
    ])
    expect(
      await written({ 'key.converter': 'text', 'key.converter.case': 'upper', 'value.converter': 'text' }),
    ).toEqual(['key/upper/"v"', 'value/as-is/"v"'])
  })

  it('show the class name that stands in the configuration, or the one a plugin goes by', async () => {
    const { keyConverter, headerConverter } = await assembleSource({ 'key.converter': 'text' })
    expect([keyConverter.className, headerConverter.className]).toEqual(['com.example.TextConverter', 'headers-only'])
  })

  it("must be fit for their role, the worker's too", async () => {
    const headerConverter = { class: 'headers-only', config: {} }
    await expect(assembleSource({ 'value.converter': 'headers-only' })).rejects.toHaveProperty('issues', [
      {
        key: 'value.converter',
        message: 'Class class headers-only does not implement the Converter interface',
      },
    ])
    await expect(assembleSource({}, { keyConverter: headerConverter })).rejects.toHaveProperty('issues', [
      { key: 'key.converter', message: 'Class class headers-only does not implement the Converter interface' },
    ])
    await expect(
      assembleSource({}, { keyConverter: { class: 'text', config: { case: 'odd' } } }),
    ).rejects.toHaveProperty('issues.0.key', 'key.converter.case')
  })

  it('must have the version that the worker asks for', async () => {
    await expect(
      assembleSource({}, { keyConverter: { class: 'text', config: { 'plugin.version': '[99,)' } } }),
    ).rejects.toHaveProperty('issues.0.key', 'key.converter')
    await expect(
      assembleSource({}, { keyConverter: { class: 'text', config: { 'plugin.version': '[0,99)' } } }),
    ).resolves.toBeDefined()
  })
})

describe('transforms', () => {
  const raw = {
    transforms: 'one,two',
    'transforms.one.type': 'com.example.Suffix',
    'transforms.one.with': '-1',
    'transforms.two.type': 'suffix',
    'transforms.two.with': '-2',
    'transforms.two.predicate': 'isX',
    'transforms.two.negate': 'true',
    predicates: 'isX',
    'predicates.isX.type': 'topic-is',
    'predicates.isX.name': 'x',
  }

  it('are compiled once, in order, with their predicates', async () => {
    const { transforms } = await assembleSource(raw)
    expect(created.suffix).toBe(2)
    expect(transforms.map(({ alias, className }) => [alias, className])).toEqual([
      ['one', 'com.example.Suffix'],
      ['two', 'com.example.Suffix'],
    ])
    const made = transforms.map(({ apply }) => apply({ topic: 't', value: 1 }))
    expect(made).toEqual([
      { topic: 't-1', value: 1 },
      { topic: 't-2', value: 1 },
    ])
    const predicate = transforms[1]?.predicate
    expect([predicate?.alias, predicate?.negate]).toEqual(['isX', true])
    expect(['x', 'y'].map(topic => predicate?.test({ topic, value: 1 }))).toEqual([true, false])
    expect(transforms[0]).not.toHaveProperty('predicate')
  })

  it.each([
    [
      { 'transforms.two.predicate': 'isY' },
      'transforms.two.predicate',
      'Invalid value isY for configuration transforms.two.predicate: Not an alias listed in predicates (isX)',
    ],
    [
      { 'transforms.one.negate': 'false' },
      'transforms.one.type',
      "Config 'transforms.one.negate' was provided but there is no config 'transforms.one.predicate' defining a predicate to be negated.",
    ],
    [{ 'predicates.isX.other': 'x' }, 'predicates.isX.other', 'Both are the same.'],
    [{ 'transforms.one.with': 'broken' }, 'transforms.one.with', 'It is broken.'],
    [
      { 'predicates.isX.type': 'suffix' },
      'predicates.isX.type',
      'Invalid value suffix for configuration predicates.isX.type: Class suffix could not be found.',
    ],
  ])('%j is refused at its key', async (change, key, message) => {
    await expect(assembleSource({ ...raw, ...change })).rejects.toHaveProperty('issues', [
      expect.objectContaining({ key, message }),
    ])
  })

  it('of another version are refused at the class and at the version', async () => {
    const message =
      'Plugin com.example.Suffix not found that matches the version range [2,), available versions: [1.2.0]'
    await expect(assembleSource({ ...raw, 'transforms.one.plugin.version': '[2,)' })).rejects.toHaveProperty('issues', [
      { key: 'transforms.one.type', message },
      { key: 'transforms.one.plugin.version', message },
    ])
  })
})

describe('topic creation', () => {
  const raw = {
    'topic.creation.default.partitions': '3',
    'topic.creation.default.replication.factor': '-1',
    'topic.creation.default.retention.ms': '1',
    'topic.creation.groups': 'compacted,inherits,default',
    'topic.creation.compacted.include': 'a.*, b\\d',
    'topic.creation.compacted.exclude': 'ab.*',
    'topic.creation.compacted.partitions': '1',
    'topic.creation.compacted.cleanup.policy': 'compact',
  }
  const groupOf = (definition: SourceDefinition, topic: string) =>
    definition.topicCreation.find(rule => rule.matches(topic))?.group

  it('tries the groups in order, exclusions winning, and the default group last', async () => {
    const definition = await assembleSource(raw)
    expect(['ax', 'b7', 'abc', 'xb7', 'c'].filter(topic => groupOf(definition, topic) === 'compacted')).toEqual([
      'ax',
      'b7',
    ])
    expect(groupOf(definition, 'c')).toBe('default')
    expect(definition.topicCreation).toMatchObject([
      { group: 'compacted', partitions: 1, replicationFactor: -1, config: { 'cleanup.policy': 'compact' } },
      { group: 'inherits', partitions: 3, replicationFactor: -1, config: {} },
      { group: 'default', partitions: 3, replicationFactor: -1, config: { 'retention.ms': '1' } },
    ])
  })

  it('is off where nothing asks for it, or the worker forbids it', async () => {
    expect((await assembleSource({})).topicCreation).toEqual([])
    expect(
      (await assembleSource({ ...raw, 'topic.creation.default.partitions': 'x' }, { topicCreation: false }))
        .topicCreation,
    ).toEqual([])
  })

  it.each([
    [
      { 'topic.creation.default.partitions': '0' },
      'topic.creation.default.partitions',
      "Invalid value 0 for configuration topic.creation.default.partitions: Number of partitions must be positive, or -1 to use the broker's default",
    ],
    [
      { 'topic.creation.inherits.replication.factor': '-2' },
      'topic.creation.inherits.replication.factor',
      "Invalid value -2 for configuration topic.creation.inherits.replication.factor: Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default",
    ],
    [
      { 'topic.creation.inherits.include': 'x(' },
      'topic.creation.inherits.include',
      expect.stringMatching(
        /^Invalid value \[x\(\] for .*: Syntax error in regular expression: ./,
      ) as unknown as string,
    ],
  ])('%j is refused', async (change, key, message) => {
    await expect(assembleSource({ ...raw, ...change })).rejects.toHaveProperty('issues', [{ key, message }])
  })
})
