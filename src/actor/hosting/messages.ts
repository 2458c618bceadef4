import type { Port } from './port.js'
import type { WireError } from './wire.js'

/** What a thread is born with (`workerData`). */
export interface ThreadData {
  readonly gauges: SharedArrayBuffer
  readonly pulseMs: number
  readonly memoryMaxBytes: number
  readonly stopMs: number
}

/** The first piscina run of a thread: what its code is made with. `workerData` could move no port. */
export interface SetupRequest {
  readonly kind: 'setup'
  readonly data: unknown
}

/** Any later one: a long-lived task, or one call. */
export interface RunRequest {
  readonly kind: 'task' | 'call'
  /** Unique in the thread, from 1; never used again, so that what a task left behind is not taken for another's. */
  readonly number: number
  readonly name: string
  readonly init: unknown
  readonly port: Port
  readonly cells: SharedArrayBuffer
}

/** How a run ended; a piscina run never rejects by itself, since what it rejects with loses its fields. */
export type Settlement =
  | { readonly ok: true; readonly value: unknown }
  /** `lingering`: it has failed, and its code goes on although its signals have aborted. */
  | { readonly ok: false; readonly error: WireError; readonly lingering: boolean }

/** What a thread says about itself, beside its runs. */
export type ThreadNotice =
  /** An error of a task that has ended, from something that it left running. */
  | { readonly kind: 'stray'; readonly error: WireError }
  /** An error that belongs to no task: the thread ends. */
  | { readonly kind: 'unattributed'; readonly error: WireError }

/** What the main thread may call of a run, over comlink. */
export interface RunEndpoint {
  started(): Promise<void>
  drain(): Promise<void>
  stop(): Promise<void>
  call(method: string, args: readonly unknown[]): Promise<unknown>
}
