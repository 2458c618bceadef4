import type { TransferListItem } from 'node:worker_threads'
import type { Gauges } from './gauges.js'
import type { RunRequest, Settlement } from './messages.js'
import type { ThreadEnd } from './thread-end.js'

/** A thread that runs tasks, from its start to its end; never restarted. */
export interface TaskThread {
  readonly name: string
  readonly dedicated: boolean
  readonly memoryMaxBytes: number
  readonly gauges: Gauges
  /** Its module has loaded and its setup has been made; or it has ended before. Never rejects. */
  readonly loaded: Promise<void>
  /** `end` was called, or it ended by itself; it takes no more runs. */
  readonly ending: boolean
  /** Resolves once nothing runs in it any more, with the first reason why. */
  readonly ended: Promise<ThreadEnd>
  /** Stays pending where the thread ends first. */
  run(request: RunRequest, transfer: readonly TransferListItem[]): Promise<Settlement>
  end(why: ThreadEnd): void
}

export interface ThreadPlan {
  readonly name: string
  readonly dedicated: boolean
  readonly memoryMaxBytes: number
}

/** Starts threads: `pooled-thread.ts` real ones, `inline-thread.ts` their twins. */
export type StartThread = (plan: ThreadPlan) => TaskThread
