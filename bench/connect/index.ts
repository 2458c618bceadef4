import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { startKafka } from '../../test/servers/kafka/start-kafka.js'
import { silent } from '../silent.js'
import type { Figure } from '../figure.js'
import { measureRun, type Run } from './measure-run.js'
import { startMillrace, startPeer, type Worker } from './workers.js'
import type { Place, Workload } from './workload.js'
import { workloads } from './workloads.js'

const pairs = 5
/** Runs of a worker whose figures are not counted: code is compiled, pages are cached. */
const warmUps = 2

/** Millrace and Kafka Connect 4.3, each a process with its own defaults, take turns on one broker with the same input. */
export async function measure(only: string | undefined): Promise<readonly Figure[]> {
  const kafka = await startKafka({ jvm: 'shipped' })
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const log = clientOf(kafka.bootstrap.plaintext)
  const workers: Worker[] = []
  try {
    workers.push(await startPeer(kafka.bootstrap.plaintext))
    workers.push(await startMillrace(kafka.bootstrap.plaintext))
    const [peer, ours] = workers as [Worker, Worker]
    const figures: Figure[] = []
    for (const workload of workloads.filter(({ name }) => only === undefined || name.includes(only)))
      figures.push(...(await compare(workload, { home, log }, ours, peer)))
    return figures
  } finally {
    await Promise.all(workers.map(worker => worker.stop()))
    await log.close()
    await kafka.stop()
    await rm(home, { recursive: true, force: true })
  }
}

/** In pairs, turn by turn; one more run of ours in each tells how much two runs of the same differ. */
async function compare(workload: Workload, place: Place, ours: Worker, peer: Worker): Promise<readonly Figure[]> {
  await workload.prepare(place)
  let number = 0
  const run = (worker: Worker): Promise<Run> => measureRun(worker, workload, place, `run-${Date.now()}-${number++}`)
  for (let warmUp = 0; warmUp < warmUps; warmUp++) for (const worker of [peer, ours]) await run(worker)
  const rounds: { readonly peer: Run; readonly ours: Run; readonly again: Run }[] = []
  for (let pair = 0; pair < pairs; pair++)
    rounds.push({ peer: await run(peer), ours: await run(ours), again: await run(ours) })
  const { rate, cpu } = workload.targets
  const of = (figure: string, unit: string, value: (round: (typeof rounds)[number]) => number): Figure => ({
    bench: `  ${figure}`,
    unit,
    samples: rounds.map(value),
  })
  return [
    {
      ...of('', '× Connect', ({ ours, peer }) => ours.recordsPerSecond / peer.recordsPerSecond),
      bench: workload.name,
      target: { atLeast: rate },
    },
    of('the same, of two runs of ours', '×', ({ ours, again }) => again.recordsPerSecond / ours.recordsPerSecond),
    {
      ...of('CPU per record', '× Connect', ({ ours, peer }) => ours.cpuMicros / peer.cpuMicros),
      ...(cpu !== undefined && { target: { below: cpu } }),
    },
    of('peak RSS', '× Connect', ({ ours, peer }) => ours.peakRssMb / peer.peakRssMb),
    of('Millrace', 'records/s', ({ ours }) => ours.recordsPerSecond),
    of('Kafka Connect', 'records/s', ({ peer }) => peer.recordsPerSecond),
    of('Millrace, CPU', 'µs/record', ({ ours }) => ours.cpuMicros),
    of('Kafka Connect, CPU', 'µs/record', ({ peer }) => peer.cpuMicros),
    of('Millrace, RSS', 'MB', ({ ours }) => ours.peakRssMb),
    of('Kafka Connect, RSS', 'MB', ({ peer }) => peer.peakRssMb),
  ]
}

function clientOf(bootstrap: string): KafkaLogClient {
  const { clients } = readWorkerClients({ 'bootstrap.servers': bootstrap })
  return connectKafka(clients.own, { clock: nodeClock, logger: silent })
}
