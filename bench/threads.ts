import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createHosting, type Hosted, type Hosting } from '../src/actor/hosting/index.js'
import { nodeClock } from '../src/adapters/node/clock.js'
import type { Logger } from '../src/ports/logger.js'
import type { Figure } from './figure.js'

const rounds = 5
const tells = 500_000
const asks = 5_000
const starts = 1_000

/** Messages between the main thread and a task thread, and how fast tasks start. */
export async function measure(): Promise<Figure[]> {
  const hosting = createHosting({
    entry: new URL('./threads-entry.js', import.meta.url),
    threads: 2,
    clock: nodeClock,
    logger: silent,
  })
  try {
    return [
      {
        bench: 'tell across threads, batched in frames',
        unit: 'messages/s',
        samples: await repeat(() => tellRate(hosting)),
        target: { atLeast: 500_000 },
      },
      {
        bench: 'ask across threads, one at a time, p50',
        unit: 'µs',
        samples: await repeat(() => askMedian(hosting)),
        target: { below: 100 },
      },
      { bench: '  of that, two bare ports of two threads', unit: 'µs', samples: await repeat(bareMedian) },
      { bench: `${starts} tasks started on two threads`, unit: 'ms', samples: await repeat(() => startTime(hosting)) },
    ]
  } finally {
    await hosting.close()
  }
}

/** Counted where they arrive. */
async function tellRate(hosting: Hosting): Promise<number> {
  return withTask(hosting, { answer: false }, async task => {
    const start = performance.now()
    for (let id = 0; id < tells; id++) await task.channel.send({ kind: 'tell', id })
    while (task.cells[0]! < tells) await new Promise(resolve => setImmediate(resolve))
    return tells / ((performance.now() - start) / 1_000)
  })
}

async function askMedian(hosting: Hosting): Promise<number> {
  return withTask(hosting, { answer: true }, async task => {
    let answered: () => void = () => {}
    task.channel.listen(() => answered())
    const times: number[] = []
    for (let id = 0; id < asks; id++) {
      const start = performance.now()
      const answer = new Promise<void>(resolve => (answered = resolve))
      await task.channel.send({ kind: 'ask', id })
      await answer
      times.push((performance.now() - start) * 1_000)
    }
    return times.sort((a, b) => a - b)[asks / 2]!
  })
}

/** What the machine takes to wake two threads: the least that an ask can cost here. */
async function bareMedian(): Promise<number> {
  const worker = new Worker(new URL('./port-echo.js', import.meta.url))
  try {
    const times: number[] = []
    for (let id = 0; id < asks; id++) {
      const start = performance.now()
      const answer = once(worker, 'message')
      worker.postMessage(new Uint8Array(32), [])
      await answer
      times.push((performance.now() - start) * 1_000)
    }
    return times.sort((a, b) => a - b)[asks / 2]!
  } finally {
    await worker.terminate()
  }
}

async function startTime(hosting: Hosting): Promise<number> {
  const start = performance.now()
  const tasks = Array.from({ length: starts }, (_, i) => hosting.host({ name: `${i}`, init: { answer: false } }))
  await Promise.all(tasks.map(task => task.started))
  const time = performance.now() - start
  await Promise.all(tasks.map(stop))
  return time
}

async function withTask(
  hosting: Hosting,
  init: { readonly answer: boolean },
  measure: (task: Hosted<object>) => Promise<number>,
): Promise<number> {
  const task = hosting.host({ name: 'bench', init })
  await task.started
  const result = await measure(task)
  await stop(task)
  return result
}

const stop = (task: Hosted<object>) => task.stop({ drainMs: 5_000, stopMs: 5_000 })

/** The first round is warm-up. */
async function repeat(measureOnce: () => Promise<number>): Promise<number[]> {
  await measureOnce()
  const samples: number[] = []
  while (samples.length < rounds) samples.push(await measureOnce())
  return samples
}

const silent: Logger = { log: () => {}, child: () => silent }
