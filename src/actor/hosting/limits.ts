import { hardFactor } from './vital-signs.js'

/** The thresholds of thread hosting. Times in ms. */
export interface HostingLimits {
  /** How often a thread shows that its loop turns and what memory it uses, and how often that is looked at. */
  readonly pulseMs: number
  /**
   * How long a loop may stand. 10 s: longer than a full collection of a large heap, a big `JSON.parse` or the loading
   * of a large client library on a busy machine, which are no faults; short enough that neighbours miss no more than a
   * broker session.
   */
  readonly hangTimeoutMs: number
  /** The same until the first pulse, while the thread's modules load. */
  readonly startTimeoutMs: number
  /** Heap and Buffers of a shared thread, and of a dedicated one that names no limit, bytes. */
  readonly threadMemoryMaxBytes: number
  /**
   * How far V8's own limit lies above the watchdog's hard limit. V8 can end a thread only while single allocations are
   * small; a Map or an array that doubles past its limit ends the process. So the watchdog has to be first.
   */
  readonly heapHeadroomBytes: number
  /** How long a control call may take. */
  readonly controlDeadlineMs: number
  /** How long code may go on after it has failed, or has been told to stop, before that costs its thread. */
  readonly stopMs: number
  /** How long after a takedown the culprit lives in a thread of its own. */
  readonly quarantineMs: number
  readonly tasksPerThreadMax: number
}

/** What a node needs beside its task threads: the main thread, the log thread, the page cache's share of a container. */
const besideThreadsBytes = 192 << 20
const leastThreadBytes = 64 << 20

/**
 * The limit of each of `threads` shared threads on a machine, or in a container, of `machineBytes`: its share of what
 * is left, divided by the factor that garbage may pass it by, so that the watchdog acts before the kernel kills the
 * process. No more than `defaultLimits` has: V8 collects the later the more it may use.
 */
export function threadMemoryMax(machineBytes: number, threads: number): number {
  const share = (machineBytes - besideThreadsBytes) / threads / hardFactor
  return Math.round(Math.min(defaultLimits.threadMemoryMaxBytes, Math.max(leastThreadBytes, share)))
}

export const defaultLimits: HostingLimits = {
  pulseMs: 100,
  hangTimeoutMs: 10_000,
  startTimeoutMs: 60_000,
  threadMemoryMaxBytes: 1 << 30,
  heapHeadroomBytes: 512 << 20,
  controlDeadlineMs: 10_000,
  stopMs: 5_000,
  quarantineMs: 600_000,
  tasksPerThreadMax: 4_096,
}
