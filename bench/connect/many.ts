import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figure.js'
import { rssMb, threadCount } from '../proc.js'
import { startMillrace, startPeer, type Worker } from './workers.js'

const atOnce = 8
const settleMs = 3_000
const patienceMs = 900_000

interface Many {
  readonly seconds: number
  readonly rssMb: number
  readonly threads: number
}

/** So many connectors with one task each, made through REST, until all tasks are RUNNING; once, each on a worker of its own. */
export async function many(bootstrap: string, home: string, count: number): Promise<readonly Figure[]> {
  const file = join(home, 'one-line.txt')
  await writeFile(file, 'a line\n')
  const ours = await makeAll(await startMillrace(bootstrap), file, count)
  const peer = await makeAll(await startPeer(bootstrap), file, count)
  const of = (bench: string, unit: string, sample: number): Figure => ({ bench, unit, samples: [sample] })
  const title = `${count.toLocaleString('en-US')} one-task connectors until RUNNING`
  return [
    { ...of(title, '× Connect', ours.seconds / peer.seconds), target: { below: 1 / 5 } },
    { ...of('  RSS then', '× Connect', ours.rssMb / peer.rssMb), target: { below: 1 / 5 } },
    of('  Millrace', 's', ours.seconds),
    of('  Kafka Connect', 's', peer.seconds),
    of('  Millrace, RSS', 'MB', ours.rssMb),
    of('  Kafka Connect, RSS', 'MB', peer.rssMb),
    of('  Millrace, threads', '', ours.threads),
    of('  Kafka Connect, threads', '', peer.threads),
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
