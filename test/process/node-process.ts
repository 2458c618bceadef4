import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url))

/** A real `millrace` process. */
export interface NodeProcess {
  readonly url: string
  readonly pid: number
  /** All that it has printed so far, both streams. */
  output(): string
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  isOver(): boolean
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Runs `millrace` with these words to its end. */
export async function runMillrace(words: readonly string[]): Promise<Ended & { readonly output: string }> {
  const { child, output, ended } = launch(words)
  child.stdin?.end()
  return { ...(await ended), output: output() }
}

/** Starts a node on a free port and waits until its REST API answers. */
export function startNodeProcess(dataDirectory: string, words: readonly string[] = []): Promise<NodeProcess> {
  return startProcess(['start', '--data-dir', dataDirectory, '--port', '0', ...words], /(?<url>http:\/\/localhost:\d+)/)
}

/** Starts a worker from a file, `standalone` or `cluster`, and waits until it is up. */
export function startWorkerProcess(words: readonly string[]): Promise<NodeProcess> {
  return startProcess(words, /"url":"(?<url>https?:[^"]+)"/)
}

async function startProcess(words: readonly string[], says: RegExp): Promise<NodeProcess> {
  const { child, output, ended } = launch(words)
  let over = false
  void ended.then(() => (over = true))
  const url = await until('the node to say its address', 60_000, () => {
    if (over) throw new Error(`the node ended before it was ready:\n${output()}`)
    return says.exec(output())?.groups?.['url']
  })
  return {
    url,
    pid: child.pid!,
    output,
    ended,
    isOver: () => over,
    signal: signal => void child.kill(signal),
    end: signal => {
      child.kill(signal)
      return ended
    },
  }
}

function launch(words: readonly string[]): { child: ChildProcess; output: () => string; ended: Promise<Ended> } {
  if (!existsSync(main)) throw new Error('dist is missing: run `npm run build`')
  const child = spawn(process.execPath, [main, ...words], { stdio: ['pipe', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }))
  return { child, output: () => printed, ended }
}

/** Asks again and again until the answer is neither undefined nor false. Fails, saying what it waited for, after `ms`. */
export async function until<T>(
  what: string,
  ms: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await sleep(20)
  }
}

/** Puts a connector's configuration; fails with the answer's text where it is refused. */
export async function putConnector(url: string, name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${url}/connectors/${encodeURIComponent(name)}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(config),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
}

/** `connector` and its tasks' states, or undefined while there is no status. */
export async function statesOf(url: string, name: string): Promise<{ connector: string; tasks: string[] } | undefined> {
  const response = await fetch(`${url}/connectors/${encodeURIComponent(name)}/status`)
  if (!response.ok) return undefined
  const status = (await response.json()) as { connector: { state: string }; tasks: { state: string }[] }
  return { connector: status.connector.state, tasks: status.tasks.map(task => task.state) }
}

/** Whether the connector and at least one task are RUNNING, and nothing is anything else. */
export async function isRunning(url: string, name: string): Promise<boolean> {
  const states = await statesOf(url, name)
  return (
    states !== undefined &&
    states.tasks.length > 0 &&
    [states.connector, ...states.tasks].every(state => state === 'RUNNING')
  )
}
