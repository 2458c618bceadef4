import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskView } from '../../src/core/api/tasks.js'
import { postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'
import { startPostgres } from '../servers/database/start-postgres.js'
import { memoryOf } from './memory.js'
import { putConnector, startNodeProcess, until } from './node-process.js'

/** What a worker took to read much, MB before and at most, and how long, ms. */
export interface LargeFigures {
  readonly before: number
  readonly most: number
  readonly ms: number
}

export interface LargeRead {
  /** What is there before the connector starts. */
  prepare(database: TestDatabase): Promise<void>
  config(database: TestDatabase): Readonly<Record<string, string>>
  /** What happens once it runs. */
  change?(database: TestDatabase): Promise<void>
  /** Records in all. */
  readonly records: number
}

/** Runs one connector on a node and a PostgreSQL of their own until so many records were read and are durable. */
export async function readLarge(read: LargeRead, ms: number): Promise<LargeFigures> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-large-'))
  const server = await startPostgres({ settings: ['max_wal_size=4GB', 'max_locks_per_transaction=256'] })
  const node = await startNodeProcess(join(home, 'data'), ['--empty'])
  try {
    const database = await postgresDatabase(server)
    await read.prepare(database)
    const memory = memoryOf(node.pid)
    const before = await memory.now()
    await memory.peak()
    const started = performance.now()
    await putConnector(node.url, 'large', {
      ...read.config(database),
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'key.converter.schemas.enable': 'false',
      'value.converter.schemas.enable': 'false',
    })
    const task = async (): Promise<TaskView | undefined> => {
      const response = await fetch(`${node.url}/millrace/v1/connectors/large/tasks`)
      return response.ok ? ((await response.json()) as TaskView[])[0] : undefined
    }
    await until('the task to run', 300_000, async () => (await task())?.state === 'running')
    await read.change?.(database)
    await until(`${read.records} records`, ms, async () => ((await task())?.figures.written ?? 0) >= read.records)
    return { before, most: await memory.peak(), ms: Math.round(performance.now() - started) }
  } finally {
    await node.end('SIGKILL')
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
}
