import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Line {
  readonly open?: number
  readonly acknowledged?: number
  readonly topic?: string
  readonly partition?: number
  readonly end?: number
  readonly closed?: boolean
  readonly failed?: string
  readonly message?: string
  readonly file?: string
  readonly hint?: string
}

export interface LogProcess {
  readonly pid: number
  readonly lines: readonly Line[]
  /** The first line that `is` accepts; fails when the process ends without one. */
  saw(is: (line: Line) => boolean): Promise<Line>
  kill(): void
  /** Lets a holding process go. */
  release(): void
  /** How it ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

const script = fileURLToPath(new URL('log-process.mjs', import.meta.url))

/** A process that opens data directories, one after the other (`log-process.mjs`). */
export function logProcess(mode: 'open' | 'hold' | 'append', ...directories: string[]): LogProcess {
  const child = spawn(process.execPath, [script, mode, ...directories], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Line[] = []
  const watchers = new Set<() => void>()
  const ended = new Promise<number | string>(resolve => {
    child.on('close', (code, signal) => resolve(signal ?? code ?? 0))
  })
  let over = false
  createInterface(child.stdout).on('line', text => {
    lines.push(JSON.parse(text) as Line)
    for (const look of watchers) look()
  })
  void ended.then(() => {
    over = true
    for (const look of watchers) look()
  })
  return {
    pid: child.pid!,
    lines,
    ended,
    saw: is =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find(is)
          if (line === undefined && !over) return
          watchers.delete(look)
          if (line !== undefined) resolve(line)
          else reject(new Error(`the process ended after ${JSON.stringify(lines.slice(-5))}`))
        }
        watchers.add(look)
        look()
      }),
    kill: () => child.kill('SIGKILL'),
    release: () => child.stdin.end(),
  }
}

/** Opens directories in one process and reads all that is in them; for each the lines, of which the last tells how it went. */
export async function openInProcess(...directories: string[]): Promise<Line[][]> {
  const opening = logProcess('open', ...directories)
  const code = await opening.ended
  if (code !== 0) throw new Error(`the process ended with ${code} after ${JSON.stringify(opening.lines)}`)
  const perDirectory: Line[][] = [[]]
  for (const line of opening.lines) {
    perDirectory.at(-1)!.push(line)
    if (line.closed === true || line.failed !== undefined) perDirectory.push([])
  }
  return perDirectory.slice(0, -1)
}
