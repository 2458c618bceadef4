import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { startKafka, type KafkaServer } from '../../test/servers/kafka/start-kafka.js'
import { silent } from '../silent.js'
import type { Figure } from '../figure.js'
import { ceiling } from './ceiling.js'
import { compare, compareModes } from './compare.js'
import { latency } from './latency.js'
import { many } from './many.js'
import { starts } from './starts.js'
import { stalls } from './stall.js'
import { startMillrace, startPeer, type Worker } from './workers.js'
import type { Place } from './workload.js'
import { workloads } from './workloads.js'

interface Bench extends Place {
  readonly kafka: KafkaServer
  /** Starts it; it is stopped when its part is over. */
  worker(start: (bootstrap: string) => Promise<Worker>): Promise<Worker>
}

interface Part {
  readonly name: string
  measure(bench: Bench): Promise<readonly Figure[]>
}

const exactlyOnce = (bootstrap: string): Promise<Worker> =>
  startMillrace(bootstrap, { 'exactly.once.source.support': 'enabled' })

const parts: readonly Part[] = [
  { name: 'start', measure: ({ bootstrap }) => starts(bootstrap) },
  { name: 'ceiling', measure: async ({ log }) => [await ceiling(log)] },
  ...workloads.map(workload => ({
    name: workload.name,
    measure: async (bench: Bench) =>
      compare(workload, bench, await bench.worker(startMillrace), await bench.worker(startPeer)),
  })),
  {
    name: 'latency',
    measure: async bench => latency(bench.log, await bench.worker(startMillrace), await bench.worker(startPeer)),
  },
  {
    name: 'exactly once',
    measure: async bench =>
      compareModes(workloads[1]!, bench, await bench.worker(exactlyOnce), await bench.worker(startMillrace)),
  },
  {
    name: 'stall',
    measure: bench => stalls(bench, bench.kafka, () => bench.worker(startMillrace)),
  },
  { name: '100 connectors', measure: ({ bootstrap, home }) => many(bootstrap, home, 100, 3) },
  { name: '1,000 connectors', measure: ({ bootstrap, home }) => many(bootstrap, home, 1_000, 2) },
]

/**
 * Millrace and Kafka Connect 4.3, each a process with its own defaults, on one broker with the same input. Each part has a
 * broker and workers of its own, so that none slows down another. `only`: the parts with that in their names.
 */
export async function measure(only = ''): Promise<readonly Figure[]> {
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
