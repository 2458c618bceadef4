import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { serverFile } from '../server-file.js'

/** A server's process that does not outlive this one. */
export interface SupervisedProcess {
  readonly pid: number
  /** Whether it has ended, however that came. */
  readonly over: boolean
  signal(signal: NodeJS.Signals): void
  /** Sends a signal that ends it, and resolves when it has ended. */
  end(signal: NodeJS.Signals): Promise<void>
  /** The end of what it has printed. */
  lastLines(): string
}

/** Resolves when the process exists. What it prints is appended to `logFile`; `scratch` is removed when this process dies before it does. */
export async function startSupervised(
  command: readonly [string, ...string[]],
  { logFile, scratch }: { readonly logFile: string; readonly scratch: string },
): Promise<SupervisedProcess> {
  // A session of its own: Ctrl-C in a terminal must reach the tests alone, which then decide.
  const shell = spawn(serverFile('process/supervise.sh'), [logFile, scratch, ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let over = false
  const ended = once(shell, 'exit').then(() => {
    over = true
    shell.stdin.destroy()
  })
  const [first] = (await once(shell.stdout.setEncoding('utf8'), 'data')) as [string]
  const pid = Number.parseInt(first, 10)
  // Neither the process nor its pipes keep the tests alive: when they end, so does it.
  shell.unref()
  for (const pipe of [shell.stdin, shell.stdout]) (pipe as unknown as { unref(): void }).unref()
  const send = (signal: NodeJS.Signals): void => void (over || process.kill(pid, signal))
  return {
    pid,
    get over() {
      return over
    },
    signal: send,
    end: signal => {
      shell.ref()
      const children = signal === 'SIGKILL' ? childrenOf(pid) : []
      send(signal)
      // Those that a server has for its connections would answer for a moment more.
      for (const child of children) killed(child)
      return ended
    },
    lastLines: () => readFileSync(logFile, 'utf8').split('\n').slice(-40).join('\n'),
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .flatMap(text => Number(text) || [])
  } catch {
    return []
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
