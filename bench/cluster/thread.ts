import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { startNode } from '../../src/embed.js'
import type { Figure } from '../figure.js'

const ends = 20
const group = 'thread'
const text = 'org.apache.kafka.connect.storage.StringConverter'

/** From the end of a task's thread until the status says RUNNING again, without back-off, on a node of a cluster. */
export async function threadEnd(bootstrap: string): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const notes = join(home, 'notes')
  const topic = (store: string) => ({ name: `${group}-${store}`, partitions: 1, replicationFactor: 1 })
  const node = await startNode({
    kafka: readWorkerClients({ 'bootstrap.servers': bootstrap }).clients,
    cluster: {
      group,
      node: 'embedded',
      timers: { heartbeat: 500 },
      holdMaxMs: 0,
      protocol: 'cooperative',
      topics: { config: topic('configs'), offset: topic('offsets'), status: topic('status') },
    },
    worker: { 'group.id': group, 'key.converter': text, 'value.converter': text },
    log: join(home, 'node.log'),
    plugins: [new URL('../plugins/ending.js', import.meta.url)],
  })
  const samples: number[] = []
  try {
    while (node.inspector.overview().cluster.leader === null) await sleep(50)
    const noWait = { 'restart.backoff.ms': '0', 'restart.backoff.max.ms': '0', 'restart.max': String(ends * 10) }
    await node.herder.putConnector('ending', { 'connector.class': 'ending', notes, ...noWait }, { create: true })
    let running = false
    while (samples.length < ends) {
      const isRunning = node.herder.status('ending')?.tasks[0]?.state === 'RUNNING'
      if (isRunning && !running) {
        const now = process.hrtime.bigint()
        const moment = (await readFile(notes, 'utf8').catch(() => '')).split('\n').at(-2)
        if (moment) samples.push(Number(now - BigInt(moment)) / 1e6)
      }
      running = isRunning
      await sleep(1)
    }
  } finally {
    await node.stop()
    await rm(home, { recursive: true, force: true })
  }
  return [
    {
      bench: 'a task’s thread ends until RUNNING again, beyond the back-off',
      unit: 'ms',
      samples,
      target: { below: 1_000 },
    },
  ]
}
