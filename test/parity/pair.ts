import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorkerProcess, type NodeProcess } from '../process/node-process.js'
import { startConnect, type ConnectCluster } from '../servers/connect/start-connect.js'
import { freePorts } from '../servers/free-ports.js'
import type { Partner } from './talk.js'

export type Mode = 'standalone' | 'distributed'

/** A real Kafka Connect worker and a Millrace node of one mode, from the same settings, on the same brokers. */
export interface Pair {
  readonly connect: Partner
  readonly millrace: Partner
  end(): Promise<void>
}

const json = 'org.apache.kafka.connect.json.JsonConverter'

export async function startPair(mode: Mode, bootstrap: string): Promise<Pair> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-parity-'))
  const id = home
    .slice(-6)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, 'x')
  await writeFile(join(home, 'in.txt'), 'one\ntwo\nthree\n')
  let connect: ConnectCluster | undefined
  let node: NodeProcess | undefined
  const end = async (): Promise<void> => {
    await Promise.all([connect?.stop(), node?.end('SIGTERM')])
    await rm(home, { recursive: true, force: true })
  }
  try {
    const [port] = await freePorts(1)
    const file = join(home, 'worker.properties')
    await writeFile(file, lines({ ...common(bootstrap), ...own(mode, `${id}-millrace`, home, port!) }))
    // One after the other: both want all the processors to start.
    node = await startWorkerProcess([mode === 'standalone' ? 'standalone' : 'cluster', file])
    connect = await startConnect({ bootstrap, group: `${id}-connect`, mode })
  } catch (error) {
    await end()
    throw error
  }
  return {
    connect: { url: connect.workers[0]!.url, tag: `k${id}`, home },
    millrace: { url: node.url, tag: `m${id}`, home },
    end,
  }
}

const common = (bootstrap: string) => ({
  'bootstrap.servers': bootstrap,
  'key.converter': json,
  'value.converter': json,
  'key.converter.schemas.enable': 'false',
  'value.converter.schemas.enable': 'false',
  'offset.flush.interval.ms': '1000',
})

function own(mode: Mode, group: string, home: string, port: number): Record<string, string> {
  const listeners = `http://127.0.0.1:${port}`
  if (mode === 'standalone') return { listeners, 'offset.storage.file.filename': join(home, 'offsets') }
  const stores = ['config', 'offset', 'status'].flatMap(store => [
    [`${store}.storage.topic`, `${group}-${store}`],
    [`${store}.storage.replication.factor`, '1'],
  ])
  return { listeners, 'group.id': group, ...Object.fromEntries(stores) }
}

const lines = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
