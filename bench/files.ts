import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figure.js'
import { rssAnonMb, cpuSeconds } from './proc.js'

const lines = 2_000_000
const lineBytes = 100
const runs = 5
const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const text = 'org.apache.kafka.connect.storage.StringConverter'

/** file → embedded log → file, a node process of its own for each run; records are counted where they arrive. */
export async function measure(): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const input = join(home, 'in.txt')
  try {
    await writeLines(input)
    const rates: number[] = []
    const memory: number[] = []
    const cpu: number[] = []
    // One run more than is counted: the first fills the page cache.
    for (let run = 0; run <= runs; run++) {
      const one = await measureRun(home, input)
      if (run === 0) continue
      rates.push(lines / one.seconds)
      memory.push(one.peakAnonMb)
      cpu.push((one.cpuSeconds / lines) * 1e6)
    }
    const bench = 'file → embedded log → file, 2 M lines of 100 bytes'
    return [
      { bench, unit: 'records/s', samples: rates, target: { atLeast: 600_000 } },
      { bench: '  its peak RssAnon', unit: 'MB', samples: memory, target: { below: 250 } },
      { bench: '  its CPU per record', unit: 'µs', samples: cpu },
    ]
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function writeLines(path: string): Promise<void> {
  const out = createWriteStream(path)
  for (let from = 0; from < lines; from += 10_000) {
    const batch = Array.from({ length: 10_000 }, (_, i) => String(from + i).padStart(lineBytes - 1, '.'))
    if (!out.write(`${batch.join('\n')}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

interface Run {
  readonly seconds: number
  readonly peakAnonMb: number
  readonly cpuSeconds: number
}

async function measureRun(home: string, input: string): Promise<Run> {
  const output = join(home, 'out.txt')
  const data = join(home, 'data')
  const node = spawn(process.execPath, [main, 'start', '--empty', '--data-dir', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await addressOf(node)
    const begin = performance.now()
    await put(url, 'in', { 'connector.class': 'FileStreamSource', file: input, topic: 'lines' })
    await put(url, 'out', { 'connector.class': 'FileStreamSink', file: output, topics: 'lines' })
    let peakAnonMb = 0
    while ((await sizeOf(output)) < lines * lineBytes) {
      peakAnonMb = Math.max(peakAnonMb, await rssAnonMb(node.pid!))
      await sleep(20)
    }
    const seconds = (performance.now() - begin) / 1000
    return { seconds, peakAnonMb, cpuSeconds: await cpuSeconds(node.pid!) }
  } finally {
    node.kill('SIGTERM')
    if (node.exitCode === null) await once(node, 'exit')
    await rm(output, { force: true })
    await rm(data, { recursive: true, force: true })
  }
}

function addressOf(node: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    node.stdout!.setEncoding('utf8').on('data', (part: string) => {
      printed += part
      const url = /http:\/\/\S+:\d+/.exec(printed)?.[0]
      if (url !== undefined) resolve(url)
    })
    node.once('exit', () => reject(new Error(`the node ended before it was up:\n${printed}`)))
  })
}

async function put(url: string, name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${url}/connectors/${name}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...config, 'key.converter': text, 'value.converter': text }),
  })
  if (!response.ok) throw new Error(await response.text())
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    found => found.size,
    () => 0,
  )
