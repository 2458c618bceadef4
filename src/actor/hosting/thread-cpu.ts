import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** What `threadCpuMs` reads in this process; where the system tells no thread's processor time, its loop's busy time stands in. */
export const threadCpuSource: 'operating system' | 'event loop' =
  readOwnStat() === undefined ? 'event loop' : 'operating system'

/** Processor time of the calling thread since it began, ms. */
export function threadCpuMs(): number {
  return readOwnStat() ?? performance.eventLoopUtilization().active
}

/** `process.threadCpuUsage` came with Node 23.9; before it, Linux tells in /proc. */
function readOwnStat(): number | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { readonly user: number; readonly system: number } }
  if (threadCpuUsage) {
    const { user, system } = threadCpuUsage()
    return (user + system) / 1_000
  }
  try {
    return cpuMsOfStat(readFileSync('/proc/thread-self/stat', 'latin1'))
  } catch {
    return undefined
  }
}

/** Linux gives all times in this, on every machine that Node runs on (USER_HZ). */
const tickMs = 10

/** Fields 14 and 15 of proc(5)'s stat; the name before them may hold blanks and parentheses. */
export function cpuMsOfStat(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ms = (Number(fields[11]) + Number(fields[12])) * tickMs
  return Number.isNaN(ms) ? undefined : ms
}
