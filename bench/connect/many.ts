import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figure.js'
import { rssMb, threadCount } from '../proc.js'
import { startMillrace, startPeer, type Worker } from './workers.js'

const atOnce = 8
const warmUpCount = 20
const settleMs = 3_000
const patienceMs = 900_000

interface Many {
  readonly seconds: number
  readonly rssMb: number
  readonly threads: number
}

/**
 * So many connectors with one task each, made through REST, until all tasks are RUNNING; each time on a new worker, turn by
 * turn. A first round of a few of them, for the broker's sake, is not counted.
 */
export async function many(bootstrap: string, home: string, count: number, rounds: number): Promise<readonly Figure[]> {
  const file = join(home, 'one-line.txt')
  await writeFile(file, 'a line\n')
  const pairs: { readonly peer: Many; readonly ours: Many }[] = []
  for (let round = 0; round <= rounds; round++) {
    const made = round === 0 ? warmUpCount : count
    const peer = await makeAll(await startPeer(bootstrap, round), file, made)
    const ours = await makeAll(await startMillrace(bootstrap, {}, round), file, made)
    if (round > 0) pairs.push({ peer, ours })
  }
  const of = (bench: string, unit: string, value: (pair: (typeof pairs)[number]) => number): Figure => ({
    bench,
    unit,
    samples: pairs.map(value),
  })
  const title = `${count.toLocaleString('en-US')} one-task connectors until RUNNING`
  return [
    { ...of(title, '× Connect', ({ ours, peer }) => ours.seconds / peer.seconds), target: { below: 1 / 5 } },
    { ...of('  RSS then', '× Connect', ({ ours, peer }) => ours.rssMb / peer.rssMb), target: { below: 1 / 5 } },
    of('  Millrace', 's', ({ ours }) => ours.seconds),
    of('  Kafka Connect', 's', ({ peer }) => peer.seconds),
    of('  Millrace, RSS', 'MB', ({ ours }) => ours.rssMb),
    of('  Kafka Connect, RSS', 'MB', ({ peer }) => peer.rssMb),
    of('  Millrace, threads', '', ({ ours }) => ours.threads),
    of('  Kafka Connect, threads', '', ({ peer }) => peer.threads),
  ]
}

async function makeAll(worker: Worker, file: string, count: number): Promise<Many> {
  try {
    const began = performance.now()
    const names = Array.from({ length: count }, (_, index) => `many-${count}-${index}`)
    const config = {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
      'tasks.max': '1',
      file,
      topic: `many-${worker.kind}`,
    }
    await Promise.all(
      Array.from({ length: atOnce }, async (_, lane) => {
        for (let index = lane; index < count; index += atOnce) await worker.put(names[index]!, config)
      }),
    )
    while ((await worker.running()) < count) {
      if (performance.now() - began > patienceMs) throw new Error(`${worker.kind}: not all of ${count} run`)
      await sleep(100)
    }
    const seconds = (performance.now() - began) / 1_000
    await sleep(settleMs)
    return { seconds, rssMb: await rssMb(worker.pid), threads: await threadCount(worker.pid) }
  } finally {
    await worker.stop()
  }
}
