import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** One life of one process. A pid alone may be another process's by now. */
export interface ProcessLife {
  readonly pid: number
  readonly host: string
  /** The rest where the system tells it (Linux). Clock ticks after boot at which the process started. */
  readonly startTime?: string | undefined
  readonly bootId?: string | undefined
  /** Within which its pid means something: containers have their own. */
  readonly pidSpace?: string | undefined
}

export function thisProcess(): ProcessLife {
  return { pid: process.pid, host: hostname(), startTime: startTimeOf(process.pid), ...thisSystem() }
}

/** Undefined where it cannot be seen from here: a process of another machine or container. */
export function isAlive(life: ProcessLife): boolean | undefined {
  if (life.pid <= 0) return false
  const { bootId, pidSpace } = thisSystem()
  if (life.bootId !== bootId) return life.host === hostname() ? false : undefined
  if (life.pidSpace !== pidSpace || (bootId === undefined && life.host !== hostname())) return undefined
  const startTime = startTimeOf(life.pid)
  if (life.startTime !== undefined && startTime !== undefined) return life.startTime === startTime
  try {
    process.kill(life.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function thisSystem(): Pick<ProcessLife, 'bootId' | 'pidSpace'> {
  return {
    bootId: orUndefined(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidSpace: orUndefined(() => readlinkSync('/proc/self/ns/pid')),
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the second field, the name, may hold spaces and parentheses. */
function startTimeOf(pid: number): string | undefined {
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function orUndefined(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
