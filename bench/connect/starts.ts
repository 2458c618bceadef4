import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figure.js'
import { rssMb } from '../proc.js'
import { startMillrace, startPeer, type Worker } from './workers.js'

const pairs = 5
const idleMs = 5_000

interface Start {
  readonly seconds: number
  readonly idleMb: number
}

/** From the process's start until its REST API answers, and its memory some seconds later. Its topics are there already. */
export async function starts(bootstrap: string): Promise<readonly Figure[]> {
  const rounds: { readonly peer: Start; readonly ours: Start }[] = []
  for (let pair = 0; pair <= pairs; pair++) {
    const round = {
      peer: await startOf(() => startPeer(bootstrap)),
      ours: await startOf(() => startMillrace(bootstrap)),
    }
    if (pair > 0) rounds.push(round)
  }
  const of = (bench: string, unit: string, value: (round: (typeof rounds)[number]) => number): Figure => ({
    bench,
    unit,
    samples: rounds.map(value),
  })
  return [
    {
      ...of('start to the first REST answer', '× Connect', ({ ours, peer }) => ours.seconds / peer.seconds),
      target: { below: 1 / 10 },
    },
    { ...of('  RSS when idle', '× Connect', ({ ours, peer }) => ours.idleMb / peer.idleMb), target: { below: 1 / 4 } },
    of('  Millrace, start', 's', ({ ours }) => ours.seconds),
    of('  Kafka Connect, start', 's', ({ peer }) => peer.seconds),
    of('  Millrace, RSS', 'MB', ({ ours }) => ours.idleMb),
    of('  Kafka Connect, RSS', 'MB', ({ peer }) => peer.idleMb),
  ]
}

async function startOf(start: () => Promise<Worker>): Promise<Start> {
  const began = performance.now()
  const worker = await start()
  const seconds = (performance.now() - began) / 1_000
  await sleep(idleMs)
  const idleMb = await rssMb(worker.pid)
  await worker.stop()
  return { seconds, idleMb }
}
