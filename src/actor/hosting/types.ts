import type { TransferListItem } from 'node:worker_threads'
import type { Redact } from './wire.js'

/** Which code runs, and where. */
export interface HostSpec {
  /** Shown in errors; a task that is hosted again keeps its name, since quarantine goes by it. */
  readonly name: string
  /** What the thread's `start` is given; structured-clonable, SharedArrayBuffers included. */
  readonly init: unknown
  /** What of `init` moves instead of being copied. */
  readonly transfer?: readonly TransferListItem[]
  /** `shared` (default): with others on the least loaded thread; `dedicated`: a thread of its own, ended with it. */
  readonly isolation?: 'shared' | 'dedicated'
  /** Heap and Buffers, bytes. What one task uses of a shared thread cannot be told, so a limit makes it `dedicated`. */
  readonly memoryMaxBytes?: number
  /** How many counters `cells` has (default 16). */
  readonly cells?: number
}

/** The rungs of a stop: `drainMs` to finish by itself, `stopMs` more once it has been told to give up. */
export interface StopLadder {
  readonly drainMs: number
  readonly stopMs: number
}

/** The last rung that a stop needed. */
export type StopOutcome = 'drained' | 'stopped' | 'terminated'

/** What a control object looks like from the other thread: the same methods, each a promise. */
export type Remote<C> = {
  readonly [M in keyof C]: C[M] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

/**
 * Messages to or from one hosted task, batched in msgpackr frames, in order.
 * Anything that msgpackr packs, BigInt, Date, Map and Uint8Array included; classes arrive as plain objects, -0 as 0.
 */
export interface Channel {
  /**
   * Resolves when there is room for the next message (I6): at most `windowMessages` and `windowBytes` are on their way
   * or wait for the other side's listener. Rejects with `hosting.task_ended` once the task is gone.
   */
  send(message: unknown): Promise<void>
  /** Takes over all messages, those that came before included. A promise that it returns holds back the next one. */
  listen(listener: (message: unknown) => void | Promise<void>): void
}

/** Long-lived code in a worker thread, as the main thread sees it. */
export interface Hosted<C> {
  readonly name: string
  readonly threadName: string
  /** Alone in its thread: as asked, or in quarantine. */
  readonly dedicated: boolean
  /** The thread's `start` has resolved; rejects like `done` where it does not come to that. */
  readonly started: Promise<void>
  /**
   * Settles when nothing of the task runs any more. Rejects with the task's own failure, rebuilt from its fields, or
   * with what its thread did to it: the culprit gets `task.hung`, `task.out_of_memory`, `task.memory_exceeded`,
   * `task.exit_called`, `task.not_stopped` or `task.thread_exited`; its neighbours `thread.lost`, which costs them no restart of
   * their budget (`disposition` retry); all get `thread.failed` where nobody can be named.
   * Neither promise has to be held: a rejection that nobody looks at is not an unhandled one.
   */
  readonly done: Promise<void>
  /** Each call rejects after `limits.controlDeadlineMs` (`control.timed_out`) and at once when the task is gone. */
  readonly control: Remote<C>
  readonly channel: Channel
  /** Counters that the task writes and this thread reads, without a message. */
  readonly cells: Float64Array
  /** Drain, then stop, then end the thread, whose other tasks restart at no cost. Never rejects; `done` tells how it ended. */
  stop(ladder: StopLadder): Promise<StopOutcome>
}

/** What every thread is given when it starts: what its tasks share, such as a port to the log's thread. */
export interface ThreadSetup {
  readonly data: unknown
  readonly transfer?: readonly TransferListItem[]
}

/** A short piece of plugin code: planning a connector's tasks, validating a configuration, describing plugins. */
export interface CallSpec {
  /** As of a task: whoever hangs is named, and quarantined, by it. */
  readonly name: string
  readonly init: unknown
  readonly transfer?: readonly TransferListItem[]
  /** Rejects with `call.timed_out` then; code that has not ended `stopMs` later costs its thread. */
  readonly deadlineMs: number
  readonly stopMs?: number
  readonly signal?: AbortSignal
}

export interface ThreadSnapshot {
  readonly name: string
  readonly dedicated: boolean
  readonly tasks: number
  /** Heap and Buffers as last published. */
  readonly usedBytes: number
  /** How long its event loop has stood, ms. */
  readonly standingMs: number
  /** Its processor time so far, as last published, ms (`threadCpuSource`). */
  readonly cpuMs: number
}

/** Hosts code in threads, without knowing what it does. */
export interface Hosting {
  host<C extends object = Record<never, never>>(spec: HostSpec): Hosted<C>
  /** Runs the thread's `call` once; the result must be structured-clonable. */
  run<R = unknown>(spec: CallSpec): Promise<R>
  threads(): readonly ThreadSnapshot[]
  /** Starts all threads that tasks share now, so that the first tasks need not wait for theirs to load. */
  warm(): void
  /** Ends all threads at once; what still runs in them fails with `hosting.closed`. Stop tasks before. */
  close(): Promise<void>
}

/** What `start` and `call` are given inside the thread. */
export interface TaskContext {
  readonly name: string
  /** Aborts when the task should drain: finish what it has begun, take nothing new. */
  readonly signal: AbortSignal
  /** Aborts when it must give up at once, and when something else of it failed. */
  readonly hardSignal: AbortSignal
  readonly channel: Channel
  readonly cells: Float64Array
  /** Ends the task with this failure, the first one wins; for what happens outside of `done`. */
  fail(error: unknown): void
  /** All texts of its failure pass through this on their way out of the thread, however it fails (I8). */
  redact(by: Redact): void
}

/** A started task. */
export interface HostedTask {
  /** The task's life; what it rejects with is the task's failure. */
  readonly done: Promise<void>
  /** Methods that the main thread may call; absent: none. */
  readonly control?: object
}

/** The code that a thread hosts. Both run with all that they start attributed to their task. */
export interface ThreadCode {
  start(init: unknown, context: TaskContext): Promise<HostedTask>
  call(init: unknown, context: TaskContext): Promise<unknown>
}
