import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, rssMb } from '../proc.js'
import type { Place, Workload } from './workload.js'
import type { Worker } from './workers.js'

/** What one run came to, from its first record that arrived to its last. */
export interface Run {
  readonly recordsPerSecond: number
  /** Of the worker's whole process, microseconds a record. */
  readonly cpuMicros: number
  readonly peakRssMb: number
}

const askEveryMs = 15
const patienceMs = 300_000

export async function measureRun(worker: Worker, workload: Workload, place: Place, run: string): Promise<Run> {
  const name = `bench-${run}`
  const config = workload.config(place, run, worker.kind)
  const start = workload.start?.(run)
  await (start === undefined ? worker.put(name, config) : worker.putAt(name, config, start))
  const deadline = performance.now() + patienceMs
  let peakRssMb = 0
  const see = async (): Promise<Seen> => {
    const [records, cpu, rss] = [
      await workload.arrived(place, run),
      await cpuSeconds(worker.pid),
      await rssMb(worker.pid),
    ]
    peakRssMb = Math.max(peakRssMb, rss)
    if (performance.now() > deadline) throw new Error(`${worker.kind}: ${workload.name} stands at ${records}`)
    return { records, cpu, at: performance.now() }
  }
  let first = await see()
  for (; first.records === 0; first = await see()) await sleep(askEveryMs)
  let last = first
  for (; last.records < workload.records; last = await see()) await sleep(askEveryMs)
  await worker.remove(name)
  await workload.discard(place, run)
  const records = last.records - first.records
  return {
    recordsPerSecond: (records / (last.at - first.at)) * 1_000,
    cpuMicros: ((last.cpu - first.cpu) / records) * 1e6,
    peakRssMb,
  }
}

interface Seen {
  readonly records: number
  /** Seconds. */
  readonly cpu: number
  readonly at: number
}
