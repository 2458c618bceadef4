import type { Figure } from '../figure.js'
import { measureRun, type Run } from './measure-run.js'
import type { Worker } from './workers.js'
import type { Place, Workload } from './workload.js'

const pairs = 5
/** Runs of a worker whose figures are not counted: code is compiled, pages are cached. */
const warmUps = 2

/** In pairs, turn by turn; one more run of ours in each tells how much two runs of the same differ. */
export async function compare(
  workload: Workload,
  place: Place,
  ours: Worker,
  peer: Worker,
): Promise<readonly Figure[]> {
  await workload.prepare(place)
  let number = 0
  const run = (worker: Worker): Promise<Run> => measureRun(worker, workload, place, `run-${Date.now()}-${number++}`)
  for (let warmUp = 0; warmUp < warmUps; warmUp++) for (const worker of [peer, ours]) await run(worker)
  const rounds: { readonly peer: Run; readonly ours: Run; readonly again: Run }[] = []
  for (let pair = 0; pair < pairs; pair++)
    rounds.push({ peer: await run(peer), ours: await run(ours), again: await run(ours) })
  const { rate, cpu, rss } = workload.targets
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
    {
      ...of('peak RSS', '× Connect', ({ ours, peer }) => ours.peakRssMb / peer.peakRssMb),
      ...(rss !== undefined && { target: { below: rss } }),
    },
    of('Millrace', 'records/s', ({ ours }) => ours.recordsPerSecond),
    of('Kafka Connect', 'records/s', ({ peer }) => peer.recordsPerSecond),
    of('Millrace, CPU', 'µs/record', ({ ours }) => ours.cpuMicros),
    of('Kafka Connect, CPU', 'µs/record', ({ peer }) => peer.cpuMicros),
    of('Millrace, RSS', 'MB', ({ ours }) => ours.peakRssMb),
    of('Kafka Connect, RSS', 'MB', ({ peer }) => peer.peakRssMb),
  ]
}

/** Exactly once beside at least once, both ours. */
export async function compareModes(
  workload: Workload,
  place: Place,
  exactlyOnce: Worker,
  atLeastOnce: Worker,
): Promise<readonly Figure[]> {
  await workload.prepare(place)
  let number = 0
  const rate = async (worker: Worker): Promise<number> =>
    (await measureRun(worker, workload, place, `mode-${Date.now()}-${number++}`)).recordsPerSecond
  const samples: number[] = []
  for (let pair = -warmUps; pair < pairs; pair++) {
    const ratio = (await rate(exactlyOnce)) / (await rate(atLeastOnce))
    if (pair >= 0) samples.push(ratio)
  }
  return [{ bench: `exactly once, ${workload.name}`, unit: '× at least once', samples, target: { atLeast: 0.85 } }]
}
