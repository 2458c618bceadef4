import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { startKafka, type KafkaServer } from '../../test/servers/kafka/start-kafka.js'
import type { Figure } from '../figure.js'
import { silent } from '../silent.js'
import type { Worker } from './workers.js'
import type { Place } from './workload.js'

export interface Bench extends Place {
  readonly kafka: KafkaServer
  /** Starts it; it is stopped when its part is over. */
  worker(start: (bootstrap: string) => Promise<Worker>): Promise<Worker>
}

export interface Part {
  readonly name: string
  measure(bench: Bench): Promise<readonly Figure[]>
}

/** Those with `only` in their names, one after the other. Each has a broker and workers of its own, so that none slows down another. */
export async function measureParts(parts: readonly Part[], only: string): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const part of parts.filter(({ name }) => name.includes(only))) figures.push(...(await measurePart(part)))
  return figures
}

async function measurePart(part: Part): Promise<readonly Figure[]> {
  const kafka = await startKafka({ jvm: 'shipped' })
  const bootstrap = kafka.bootstrap.plaintext
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const log = clientOf(bootstrap)
  const workers: Worker[] = []
  try {
    return await part.measure({
      bootstrap,
      home,
      log,
      kafka,
      worker: async start => {
        const worker = await start(bootstrap)
        workers.push(worker)
        return worker
      },
    })
  } finally {
    await Promise.all(workers.map(worker => worker.stop()))
    await log.close()
    await kafka.stop()
    await rm(home, { recursive: true, force: true })
  }
}

function clientOf(bootstrap: string): KafkaLogClient {
  const { clients } = readWorkerClients({ 'bootstrap.servers': bootstrap })
  return connectKafka(clients.own, { clock: nodeClock, logger: silent })
}
