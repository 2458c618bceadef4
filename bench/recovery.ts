import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNode } from '../src/embed.js'
import type { Figure } from './figure.js'

const crashes = 50

/** From the throw in a task's thread until the node's status says RUNNING again, without back-off. */
export async function measure(): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const node = await startNode({
    dataDirectory: join(home, 'data'),
    log: join(home, 'node.log'),
    plugins: [new URL('./plugins/crashing.js', import.meta.url)],
  })
  const notes = join(home, 'notes')
  const samples: number[] = []
  try {
    await node.herder.putConnector(
      'crashing',
      {
        'connector.class': 'crashing',
        notes,
        'restart.max': String(crashes * 10),
        'restart.backoff.ms': '0',
        'restart.backoff.max.ms': '0',
      },
      { create: true },
    )
    let running = false
    while (samples.length < crashes) {
      const isRunning = node.herder.status('crashing')?.tasks[0]?.state === 'RUNNING'
      if (isRunning && !running) {
        const now = process.hrtime.bigint()
        const crash = (await readFile(notes, 'utf8').catch(() => '')).split('\n').at(-2)
        if (crash) samples.push(Number(now - BigInt(crash)) / 1e6)
      }
      running = isRunning
      await sleep(0.5)
    }
  } finally {
    await node.stop()
    await rm(home, { recursive: true, force: true })
  }
  return [{ bench: 'crash to RUNNING again, beyond the back-off', unit: 'ms', samples, target: { below: 20 } }]
}
