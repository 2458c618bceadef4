import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figure.js'
import { rssAnonMb, cpuSeconds } from './proc.js'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const starts = 7
const runs = 5
const connectors = 1_000
const writersAtOnce = 16
const readers = 4
const readsOfEach = 100
const scrapes = 10
const patienceMs = 60_000
/** Seldom: each answer is 300 kB, and the garbage of making it shows in the node's memory. */
const askEveryMs = 250

/** One node as its operator meets it: starting, idle, with a thousand connectors made and read through REST, restarted. */
export async function measure(): Promise<readonly Figure[]> {
  const idle = await idleNodes()
  const crowd: Crowd[] = []
  for (let run = 0; run < runs; run++) crowd.push(await withHome(crowdedNode))
  const of = (figure: keyof Crowd): number[] => crowd.flatMap(one => one[figure])
  return [
    { bench: 'start to the first REST answer', unit: 'ms', samples: idle.startMs, target: { below: 1_000 } },
    { bench: 'idle RssAnon without connectors', unit: 'MB', samples: idle.anonMb, target: { below: 120 } },
    {
      bench: '1,000 connectors through REST until all are RUNNING',
      unit: 'ms',
      samples: of('createMs'),
      target: { below: 10_000 },
    },
    { bench: '  RssAnon then', unit: 'MB', samples: of('anonMb'), target: { below: 350 } },
    { bench: '  its restart until all are RUNNING', unit: 'ms', samples: of('restartMs'), target: { below: 5_000 } },
    { bench: '  RssAnon after the restart', unit: 'MB', samples: of('restartedAnonMb'), target: { below: 350 } },
    { bench: '  REST reads beside that, p99', unit: 'ms', samples: of('readP99Ms'), target: { below: 50 } },
    { bench: '  of these, GET /connectors?expand, p99', unit: 'ms', samples: of('expandP99Ms') },
    { bench: '  GET /metrics', unit: 'ms', samples: of('scrapeMs') },
    { bench: '  the slowest GET / beside a GET /metrics', unit: 'ms', samples: of('besideScrapeMs') },
    { bench: '  CPU of the idle node with them', unit: '% of one core', samples: of('idleCpuPercent') },
  ]
}

async function idleNodes(): Promise<{ readonly startMs: number[]; readonly anonMb: number[] }> {
  const startMs: number[] = []
  const anonMb: number[] = []
  // One start more than is counted: the first fills the page cache.
  for (let run = 0; run <= starts; run++) {
    await withHome(async home => {
      const node = await startProcess(home)
      await sleep(2_000)
      const anon = await rssAnonMb(node.pid)
      await node.end()
      if (run === 0) return
      startMs.push(node.startMs)
      anonMb.push(anon)
    })
  }
  return { startMs, anonMb }
}

interface Crowd {
  readonly createMs: number
  readonly anonMb: number
  readonly restartMs: number
  readonly restartedAnonMb: number
  readonly readP99Ms: number
  readonly expandP99Ms: number
  readonly scrapeMs: number
  readonly besideScrapeMs: number
  readonly idleCpuPercent: number
}

async function crowdedNode(home: string): Promise<Crowd> {
  const first = await startProcess(home)
  const began = performance.now()
  await putAll(first)
  await allRunning(first)
  const createMs = performance.now() - began
  await sleep(2_000)
  const anonMb = await rssAnonMb(first.pid)
  await first.end()

  const second = await startProcess(home)
  await allRunning(second)
  const restartMs = performance.now() - second.launchedAt
  await sleep(2_000)
  const restartedAnonMb = await rssAnonMb(second.pid)
  const cpu = await cpuSeconds(second.pid)
  await sleep(2_000)
  const idleCpuPercent = (((await cpuSeconds(second.pid)) - cpu) / 2) * 100
  const reads = await readMix(second)
  const scraped = await scrape(second)
  await second.end()
  return { createMs, anonMb, restartMs, restartedAnonMb, ...reads, ...scraped, idleCpuPercent }
}

function nameOf(index: number): string {
  return `generator-${index}`
}

async function putAll(node: NodeProcess): Promise<void> {
  let next = 0
  const write = async (): Promise<void> => {
    while (next < connectors) {
      const name = nameOf(next++)
      const config = { 'connector.class': 'generator', topic: 'made', format: 'string', rate: '0.1', 'tasks.max': '1' }
      const { status, body } = await node.ask('PUT', `/connectors/${name}/config`, config)
      if (status !== 201) throw new Error(`${name} was answered ${status}: ${body}`)
    }
  }
  await Promise.all(Array.from({ length: writersAtOnce }, write))
}

/** Waits until every connector and its one task say RUNNING, by one question now and then. */
async function allRunning(node: NodeProcess): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const { body } = await node.ask('GET', '/connectors?expand=status')
    const all = Object.values(JSON.parse(body) as Record<string, { status: Status }>)
    const running = all.filter(
      ({ status }) => status.connector.state === 'RUNNING' && status.tasks[0]?.state === 'RUNNING',
    )
    if (running.length === connectors) return
    if (performance.now() > deadline) throw new Error(`only ${running.length} of ${connectors} connectors run`)
    await sleep(askEveryMs)
  }
}

interface Status {
  readonly connector: { readonly state: string }
  readonly tasks: readonly { readonly state: string }[]
}

/** What UIs and scripts ask: mostly single connectors, now and then the whole list, and all of it expanded. */
async function readMix(node: NodeProcess): Promise<{ readonly readP99Ms: number; readonly expandP99Ms: number }> {
  const all: number[] = []
  const expanded: number[] = []
  const ask = async (path: string): Promise<number> => {
    const began = performance.now()
    const { status } = await node.ask('GET', path)
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}`)
    return performance.now() - began
  }
  const read = async (_: unknown, reader: number): Promise<void> => {
    for (let i = 0; i < readsOfEach; i++) {
      const name = nameOf((i * 7 + reader * 251) % connectors)
      if (i % 10 === 0) expanded.push(await ask('/connectors?expand=status&expand=info'))
      else if (i % 10 === 5) all.push(await ask('/connectors'))
      else all.push(await ask(`/connectors/${name}${i % 2 === 0 ? '' : '/status'}`))
    }
  }
  await Promise.all(Array.from({ length: readers }, read))
  return { readP99Ms: p99([...all, ...expanded]), expandP99Ms: p99(expanded) }
}

/** What a scrape of the metrics takes, and what it costs whoever asks meanwhile: the median, and the slowest answer of all. */
async function scrape(node: NodeProcess): Promise<{ readonly scrapeMs: number; readonly besideScrapeMs: number }> {
  const took: number[] = []
  let slowest = 0
  for (let round = 0; round < scrapes; round++) {
    const began = performance.now()
    const scraped = node.ask('GET', '/metrics').then(() => performance.now() - began)
    const over = scraped.then(() => true)
    do {
      const asked = performance.now()
      await node.ask('GET', '/')
      slowest = Math.max(slowest, performance.now() - asked)
    } while (!(await Promise.race([over, Promise.resolve(false)])))
    took.push(await scraped)
  }
  return { scrapeMs: took.toSorted((a, b) => a - b)[scrapes >> 1]!, besideScrapeMs: slowest }
}

function p99(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN
}

interface NodeProcess {
  readonly pid: number
  readonly launchedAt: number
  /** From the launch of the process until its first answer. */
  readonly startMs: number
  ask(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: string }>
  end(): Promise<void>
}

async function startProcess(home: string): Promise<NodeProcess> {
  const launchedAt = performance.now()
  const child = spawn(process.execPath, [main, 'start', '--empty', '--data-dir', join(home, 'data'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const agent = new Agent({ keepAlive: true })
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const found = /http:\/\/\S+/.exec(printed)?.[0]
      if (found !== undefined) resolve(found)
    })
    child.once('close', code => reject(new Error(`the node ended with ${code}:\n${printed}`)))
  })
  const ask: NodeProcess['ask'] = (method, path, body) => askAt(agent, method, `${url}${path}`, body)
  await ask('GET', '/')
  return {
    pid: child.pid!,
    launchedAt,
    startMs: performance.now() - launchedAt,
    ask,
    async end() {
      agent.destroy()
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}

function askAt(
  agent: Agent,
  method: string,
  url: string,
  body: object | undefined,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request(url, { method, agent, headers }, response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }))
    })
    asked.once('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function withHome<T>(use: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  try {
    return await use(home)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
