import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putConnector, startNodeProcess, until, type NodeProcess } from '../../process/node-process.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { DebeziumPeer } from '../debezium-peer.js'

const name = 'handed'
const topic = `${name}.public.orders`

describeWithJava('a connector that is handed over from Debezium, and back', () => {
  let home: string
  let database: TestDatabase
  let peer: DebeziumPeer
  let node: NodeProcess
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'millrace-hand-over-'))
    ;[database, peer, node] = await Promise.all([
      sharedServer('postgres').then(postgresDatabase),
      DebeziumPeer.start('hand-over'),
      startNodeProcess(join(home, 'data'), ['--empty']),
    ])
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all([peer?.stop(), node?.end('SIGKILL')])
    await database?.run(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
    )
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  test('goes on where the other stood, while changes go on', { timeout: 180_000 }, async () => {
    const config = {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'plugin.name': 'pgoutput',
      'topic.prefix': name,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.dbname': database.database,
      'slot.name': `slot_${database.database}`,
      'slot.retry.delay.ms': '200',
      'slot.max.retries': '100',
    }
    await database.run('CREATE TABLE orders (id int PRIMARY KEY)')
    await database.run('INSERT INTO orders SELECT g FROM generate_series(1, 50) g')
    let last = 50
    const over = new AbortController()
    const load = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await database.run(`INSERT INTO orders SELECT g FROM generate_series(${last + 1}, ${last + 3}) g`)
        last += 3
        await sleep(5)
      }
    }
    await peer.create(name, config)
    const loading = load()
    const debezium = async (least: number): Promise<number[]> => {
      const records = await peer.read(topic, Math.max(least, await peer.count(topic)))
      return records.map(({ value }) => (value as { payload: { after: { id: number } } }).payload.after.id)
    }
    await debezium(200)
    await peer.rest('PUT', `/connectors/${name}/stop`)
    await until('Debezium to stop', 20_000, () => slotIsFree())
    const first = await debezium(200)
    const from = await peer.rest('GET', `/connectors/${name}/offsets`)

    await post('/connectors', { name, config: { ...config, ...json }, initial_state: 'STOPPED' })
    await ask('PATCH', `/connectors/${name}/offsets`, from)
    const file = join(home, 'lines')
    await putConnector(node.url, 'lines', {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    })
    await ask('PUT', `/connectors/${name}/resume`)
    const ours = async (): Promise<number[]> =>
      (await readFile(file, 'utf8').catch(() => ''))
        .split('\n')
        .slice(0, -1)
        .map(line => (JSON.parse(line) as { after: { id: number } }).after.id)
    await until('changes by ours', 30_000, async () => (await ours()).length > 200)
    await ask('PUT', `/connectors/${name}/stop`)
    await until('ours to stop', 20_000, () => slotIsFree())
    const back = (await ask('GET', `/connectors/${name}/offsets`)) as object
    await peer.rest('PATCH', `/connectors/${name}/offsets`, back)
    await peer.rest('PUT', `/connectors/${name}/resume`)
    await debezium(first.length + 200)
    over.abort()
    await loading
    const all = await debezium(last - (await ours()).length + 1)
    const middle = await ours()
    // Debezium 3.5 does not store how many changes of its position it has read, so those of this position come again.
    const to = first.length + middle.length - 1

    expect(all.slice(0, first.length)).toEqual(numbers(1, first.length))
    expect(middle).toEqual(numbers(first.length, to))
    expect(all.slice(first.length)).toEqual(numbers(to + 1, last))
  })

  const json = {
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  }
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(node.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  const post = (path: string, body: unknown) => ask('POST', path, body)
  const slotIsFree = async (): Promise<boolean> => {
    const rows = await database.rows(
      `SELECT active FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
    )
    return rows.length > 0
  }
})

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}
