import type { Figure } from '../figure.js'
import { ceiling } from './ceiling.js'
import { compare, compareModes } from './compare.js'
import { latency } from './latency.js'
import { many } from './many.js'
import { measureParts, type Bench, type Part } from './part.js'
import { starts } from './starts.js'
import { stalls } from './stall.js'
import { startMillrace, startPeer, type Worker } from './workers.js'
import { workloads } from './workloads.js'

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

/** Millrace and Kafka Connect 4.3, each a process with its own defaults, on one broker with the same input. `only`: the parts with that in their names. */
export function measure(only = ''): Promise<readonly Figure[]> {
  return measureParts(parts, only)
}
