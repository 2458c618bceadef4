import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { rssMb } from '../proc.js'
import type { Figure } from '../figure.js'
import type { KafkaServer } from '../../test/servers/kafka/start-kafka.js'
import { fileToTopic } from './file-workloads.js'
import { fillTopic, lineOf } from './filling.js'
import type { Config, Worker } from './workers.js'
import type { Place, Workload } from './workload.js'

/** Longer than `delivery.timeout.ms`, so that what was under way is given up and sent again. */
const stallMs = 150_000
const patienceMs = 300_000
const sampleEveryMs = 100

const text = 'org.apache.kafka.connect.storage.StringConverter'
const texts: Config = { 'key.converter': text, 'value.converter': text }

const small = fileToTopic({
  name: 'lines of 100 bytes',
  records: 8_000_000,
  lineBytes: 100,
  config: texts,
  targets: { rate: 1 },
})
const large = fileToTopic({
  name: 'lines of 1 MB',
  records: 2_000,
  lineBytes: 1_000_000,
  config: texts,
  targets: { rate: 1 },
})

/** Memory of a worker before, while and after something outside stood still. */
interface Stall {
  readonly beforeMb: number
  readonly whileMb: number
  readonly afterMb: number
  readonly arrived: number
}

/** What a node does when its broker, or a sink's target, stands still for minutes in the middle of a flood. */
export async function stalls(
  place: Place,
  kafka: KafkaServer,
  worker: () => Promise<Worker>,
): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const workload of [small, large]) {
    const node = await worker()
    figures.push(
      ...shown(
        `the broker stands still, ${workload.name}`,
        workload.records,
        await stallBroker(place, kafka, node, workload),
      ),
    )
    await node.stop()
  }
  const node = await worker()
  figures.push(...shown('a sink’s target stands still', sinkRecords, await stallTarget(place, node)))
  return figures
}

async function stallBroker(place: Place, kafka: KafkaServer, node: Worker, workload: Workload): Promise<Stall> {
  await workload.prepare(place)
  const run = `stalled-${workload.records}`
  const broker = kafka.brokers[0]!.pid!
  const arrived = (): Promise<number> => workload.arrived(place, run)
  const before = await peakUntil(
    node,
    async () => (await arrived()) >= workload.records / 8,
    () => node.put(run, workload.config(place, run, node.kind)),
  )
  process.kill(broker, 'SIGSTOP')
  const stalled = await peakFor(node, stallMs)
  process.kill(broker, 'SIGCONT')
  const after = await peakUntil(node, async () => (await arrived()) >= workload.records)
  await sleep(2_000) // What comes twice comes now.
  const found = await arrived()
  await node.remove(run)
  await workload.discard(place, run)
  return { beforeMb: before, whileMb: stalled, afterMb: after, arrived: found }
}

const sinkRecords = 8_000_000
const lineBytes = 100

/** The target is a named pipe, whose reader counts what comes out of it. */
async function stallTarget(place: Place, node: Worker): Promise<Stall> {
  await fillTopic(place.log, 'to-stall', sinkRecords, index => lineOf(index, lineBytes - 1))
  const pipe = join(place.home, 'pipe')
  await promisify(execFile)('mkfifo', [pipe])
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(reader, 'close')
  let bytes = 0
  reader.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length))
  const config = {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    file: pipe,
    topics: 'to-stall',
    ...texts,
  }
  const lines = (): number => Math.floor(bytes / lineBytes)
  const before = await peakUntil(
    node,
    async () => lines() >= sinkRecords / 8,
    () => node.put('stalled-sink', config),
  )
  reader.kill('SIGSTOP')
  const stalled = await peakFor(node, stallMs)
  reader.kill('SIGCONT')
  const after = await peakUntil(node, async () => lines() >= sinkRecords)
  await node.remove('stalled-sink')
  await closed
  return { beforeMb: before, whileMb: stalled, afterMb: after, arrived: lines() }
}

async function peakUntil(node: Worker, reached: () => Promise<boolean>, begin?: () => Promise<void>): Promise<number> {
  await begin?.()
  const deadline = performance.now() + patienceMs
  let peak = 0
  while (!(await reached())) {
    peak = Math.max(peak, await rssMb(node.pid))
    if (performance.now() > deadline) throw new Error('it does not go on')
    await sleep(sampleEveryMs)
  }
  return peak
}

async function peakFor(node: Worker, ms: number): Promise<number> {
  const end = performance.now() + ms
  let peak = 0
  for (; performance.now() < end; await sleep(sampleEveryMs)) peak = Math.max(peak, await rssMb(node.pid))
  return peak
}

function shown(what: string, records: number, { beforeMb, whileMb, afterMb, arrived }: Stall): Figure[] {
  const of = (bench: string, unit: string, sample: number, target?: Figure['target']): Figure => ({
    bench,
    unit,
    samples: [sample],
    ...(target && { target }),
  })
  return [
    of(`${what} for ${stallMs / 1_000} s: RSS meanwhile`, '× before', whileMb / beforeMb, { below: 1.1 }),
    of('  RSS before', 'MB', beforeMb),
    of('  RSS meanwhile', 'MB', whileMb),
    of('  RSS afterwards', 'MB', afterMb),
    of('  records lost', '', Math.max(0, records - arrived), { below: 1 }),
    of('  records that came twice', '', Math.max(0, arrived - records)),
  ]
}
