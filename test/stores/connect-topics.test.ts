import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode } from '../../dist/src/embed.js'
import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { ConfigStore } from '../../src/stores/config-store.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { StatusStore } from '../../src/stores/status-store.js'
import { startConnect, type ConnectCluster } from '../servers/connect/start-connect.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../servers/shared/suites.js'
import { until } from '../servers/until.js'

const patience = 30_000
const file = 'org.apache.kafka.connect.file.FileStream'

describeWithJava('topics that a real Kafka Connect writes', () => {
  const group = `written-${randomUUID()}`
  const folder = mkdtempSync(join(tmpdir(), 'millrace-connect-topics-'))
  const at = (name: string): string => join(folder, name)
  let connect: ConnectCluster
  let log: KafkaLogClient
  let configs: ConfigStore
  let offsets: OffsetStore
  let statuses: StatusStore

  beforeAll(async () => {
    const { bootstrap } = await sharedKafka()
    connect = await startConnect({ bootstrap: bootstrap.plaintext, group })
    const { clients } = readWorkerClients({ 'bootstrap.servers': bootstrap.plaintext })
    const logger = { log: () => undefined, child: () => logger }
    log = connectKafka(clients.own, { clock: nodeClock, logger })
    await makeConnectors()
    const dependencies = { log, clock: nodeClock, logger }
    configs = new ConfigStore(dependencies, { name: `${group}-configs` })
    offsets = new OffsetStore(dependencies, { name: `${group}-offsets`, partitions: 5 })
    statuses = new StatusStore(dependencies, { name: `${group}-status`, partitions: 2 })
    await Promise.all([configs.open(), offsets.open(), statuses.open()])
  }, serverStartMs)

  afterAll(async () => {
    await Promise.all([configs?.close(), offsets?.close(), statuses?.close()])
    await log?.close()
    await connect?.stop()
    rmSync(folder, { recursive: true })
  })

  const rest = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${connect.workers[0]!.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    // A rebalance under way; Connect asks to try again.
    if (response.status === 409) return undefined
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as unknown)
  }
  const insist = (method: string, path: string, body?: object): Promise<void> =>
    until(
      () => `${method} ${path}`,
      patience,
      async () => (await rest(method, path, body)) !== undefined,
    )
  const states = async (name: string): Promise<string> => {
    const status = (await rest('GET', `/connectors/${name}/status`)) as
      { connector: { state: string }; tasks: { state: string }[] } | undefined
    return [status?.connector.state, ...(status?.tasks.map(task => task.state) ?? [])].join(' ')
  }
  const reaches = (name: string, wanted: string): Promise<void> =>
    until(
      () => `${name} to be ${wanted}`,
      patience,
      async () => (await states(name).catch(() => '')) === wanted,
    )

  async function makeConnectors(): Promise<void> {
    writeFileSync(at('in.txt'), 'one\ntwo\nthree\n')
    const source = { 'connector.class': `${file}SourceConnector`, file: at('in.txt'), topic: `${group}-lines` }
    const sink = { 'connector.class': `${file}SinkConnector`, topics: `${group}-lines`, 'tasks.max': '2' }
    const make = (name: string, config: object, initial_state = 'RUNNING'): Promise<void> =>
      insist('POST', '/connectors', { name, config, initial_state })
    await make('lines', source)
    await make('paused-sink', { ...sink, file: at('out.txt') })
    await make('stopped', { ...source, file: at('other.txt') }, 'STOPPED')
    await make('broken', { ...sink, file: '/nowhere/out.txt', 'tasks.max': '1' })
    await make('gone', sink)
    await reaches('lines', 'RUNNING RUNNING')
    await reaches('paused-sink', 'RUNNING RUNNING RUNNING')
    await insist('PUT', '/connectors/paused-sink/pause')
    await reaches('paused-sink', 'PAUSED PAUSED PAUSED')
    await reaches('stopped', 'STOPPED')
    await reaches('broken', 'RUNNING FAILED')
    await insist('DELETE', '/connectors/gone')
    await until(
      () => 'the offsets of lines',
      patience,
      async () => JSON.stringify(await rest('GET', '/connectors/lines/offsets')).includes('"position":14'),
    )
  }

  test('its connectors, their target states and their tasks', () => {
    const { view } = configs
    expect([...view.connectors()].toSorted()).toEqual(['broken', 'lines', 'paused-sink', 'stopped'])
    expect(view.connector('lines')).toMatchObject({
      config: { name: 'lines', file: at('in.txt') },
      targetState: 'STARTED',
      inconsistent: false,
      tasks: [{ 'task.class': `${file}SourceTask`, file: at('in.txt'), topic: `${group}-lines` }],
    })
    expect(view.connector('paused-sink')).toMatchObject({
      targetState: 'PAUSED',
      tasks: [{ 'task.class': `${file}SinkTask`, topics: `${group}-lines` }, { topics: `${group}-lines` }],
    })
    expect(view.connector('stopped')).toMatchObject({ targetState: 'STOPPED', tasks: [] })
    expect(view.sessionKey).toMatchObject({ algorithm: 'HmacSHA256' })
  })

  test('its source offsets, to go on from', async () => {
    const wanted = { partition: { filename: at('in.txt') }, offset: { position: 14 } }
    expect(await offsets.all('lines')).toEqual([wanted])
    expect(await offsets.forConnector('lines').last(wanted.partition)).toEqual(wanted.offset)
  })

  test('states of connectors and tasks, with the trace of what failed, and the topics in use', async () => {
    await statuses.readToEnd()
    const { view } = statuses
    const worker = connect.workers[0]!.url.replace('http://', '')
    expect(view.get({ connector: 'lines' })).toMatchObject({ state: 'RUNNING', workerId: worker })
    expect(view.get({ connector: 'lines', task: 0 })).toMatchObject({ state: 'RUNNING' })
    expect(view.get({ connector: 'paused-sink', task: 1 })).toMatchObject({ state: 'PAUSED' })
    expect(view.get({ connector: 'stopped' })).toMatchObject({ state: 'STOPPED' })
    expect(view.get({ connector: 'broken', task: 0 })).toMatchObject({
      state: 'FAILED',
      trace: expect.stringContaining('NoSuchFileException: /nowhere/out.txt'),
    })
    expect(view.get({ connector: 'gone' })).toBeUndefined()
    expect(view.topics('lines').map(({ topic }) => topic)).toEqual([`${group}-lines`])
  })

  test(
    'and it follows what is written beside it: connectors, target states and offsets',
    { timeout: 60_000 },
    async () => {
      await configs.putTasks('lines', [])
      await configs.setTargetState('lines', 'STOPPED')
      await reaches('lines', 'STOPPED')
      await configs.setTargetState('paused-sink', 'STARTED')
      await reaches('paused-sink', 'RUNNING RUNNING RUNNING')
      await offsets.write('lines', [{ partition: { filename: at('in.txt') }, offset: { position: 8 } }])
      expect(await rest('GET', '/connectors/lines/offsets')).toEqual({
        offsets: [{ partition: { filename: at('in.txt') }, offset: { position: 8 } }],
      })
      appendFileSync(at('in.txt'), 'four\n')
      await configs.setTargetState('lines', 'STARTED')
      await until(
        () => 'lines to go on from there',
        patience,
        async () => JSON.stringify(await rest('GET', '/connectors/lines/offsets')).includes('"position":19'),
      )
    },
  )

  test(
    'a node of Millrace in its place lists its connectors and goes on from its offsets',
    { timeout: 90_000 },
    async () => {
      await connect.stop()
      appendFileSync(at('in.txt'), 'five\n')
      const { bootstrap } = await sharedKafka()
      const text = 'org.apache.kafka.connect.storage.StringConverter'
      const worker = {
        'bootstrap.servers': bootstrap.plaintext,
        'group.id': group,
        'key.converter': text,
        'value.converter': text,
        'offset.flush.interval.ms': '500',
      }
      const topic = (name: string, partitions: number) => ({
        name: `${group}-${name}`,
        partitions,
        replicationFactor: 1,
      })
      const node = await startNode({
        kafka: readWorkerClients(worker).clients,
        cluster: {
          group,
          timers: { heartbeat: 500 },
          holdMaxMs: 0,
          protocol: 'cooperative',
          topics: { config: topic('configs', 1), offset: topic('offsets', 5), status: topic('status', 2) },
        },
        worker,
        log: at('node.log'),
      })
      try {
        expect([...node.herder.connectors()].toSorted()).toEqual(['broken', 'lines', 'paused-sink', 'stopped'])
        await until(
          () => 'the source to have read on',
          patience,
          async () => JSON.stringify(await node.herder.offsets('lines')).includes('"position":24'),
        )
        await until(
          () => 'the sink to have written it',
          patience,
          () => Promise.resolve(readFileSync(at('out.txt'), 'utf8').includes('five')),
        )
        // What came before its offset was not read again.
        expect(readFileSync(at('out.txt'), 'utf8').match(/five/g)).toHaveLength(1)
        expect(node.herder.status('stopped')?.connector.state).toBe('STOPPED')
      } finally {
        await node.stop()
      }
    },
  )
})
