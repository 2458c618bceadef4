/**
 * `waiting`: for its turn to start, or for siblings; `backoff`: until `restartInMs`; `parked`: failed, until asked to
 * restart; `stopping` includes the release after a crash.
 */
export type ActorState = 'waiting' | 'starting' | 'running' | 'draining' | 'stopping' | 'backoff' | 'parked' | 'stopped'

export interface LaneSnapshot {
  readonly depth: number
  readonly capacity: number
  /** Senders that wait for room. */
  readonly waiting: number
  /** Age of the message at its head, ms; 0 when empty. */
  readonly oldestMs: number
}

/** An actor and what is below it, at one moment; plain data. */
export interface ActorSnapshot {
  readonly id: string
  readonly path: string
  readonly state: ActorState
  readonly restarts: number
  /** In state `backoff`. */
  readonly restartInMs?: number
  /** Of the last failure, kept over restarts. */
  readonly lastError?: { readonly code: string; readonly message: string }
  readonly control: LaneSnapshot
  readonly data: LaneSnapshot
  readonly stashed: number
  readonly processed: number
  /** Time spent in hooks, ms, the waiting in asynchronous ones included. */
  readonly busyMs: number
  /** How long the asynchronous hook in progress has taken so far, ms; 0 when there is none. */
  readonly currentMs: number
  readonly undelivered: number
  readonly children: readonly ActorSnapshot[]
}
