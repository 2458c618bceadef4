import type { GroupOffset, TopicPartition } from '../../core/offset.js'
import type { AppendUnit, TopicDescription, TopicSpec } from '../../ports/log.js'

/** What goes over the port between a client (a task thread) and the log thread. Plain structured clone; batches are transferred. */

/** The part of a MessagePort that the log uses, so that nothing here needs `node:worker_threads`. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'close', listener: () => void): unknown
  close(): void
}

/** Where a reader finds an offset. */
export interface SegmentLocation {
  /** Absolute path. */
  readonly path: string
  readonly base: number
  /** Where a batch begins that is at or before the offset asked for, and near it. */
  readonly position: number
  /** For a segment that gets no more: its length, and the offset where the next one begins. */
  readonly closed?: { readonly length: number; readonly end: number }
}

/** Requests with an answer, and their answers. */
export interface Calls {
  'topic-list': { readonly args: Record<never, never>; readonly result: readonly string[] }
  'topic-describe': { readonly args: { readonly name: string }; readonly result: TopicDescription | null }
  'topic-create': { readonly args: { readonly spec: TopicSpec }; readonly result: null }
  'topic-delete': { readonly args: { readonly name: string }; readonly result: null }
  'group-list': { readonly args: Record<never, never>; readonly result: readonly string[] }
  'group-fetch': { readonly args: { readonly group: string }; readonly result: readonly GroupOffset[] }
  'group-commit': {
    readonly args: { readonly group: string; readonly offsets: readonly GroupOffset[] }
    readonly result: null
  }
  'group-delete': {
    readonly args: { readonly group: string; readonly partitions: readonly TopicPartition[] | undefined }
    readonly result: null
  }
  /** Answered when everything that has reached the log thread, from any client, is finished. */
  settled: { readonly args: Record<never, never>; readonly result: undefined }
  /** The partition's number and its counters (`counters.ts`), shared. */
  attach: {
    readonly args: { readonly of: TopicPartition }
    readonly result: { readonly partition: number; readonly counters: SharedArrayBuffer }
  }
  /** Where to read from `offset` on, which must lie between start and end. */
  locate: { readonly args: { readonly partition: number; readonly offset: number }; readonly result: SegmentLocation }
}

export type Call = { [K in keyof Calls]: { readonly type: K; readonly id: number } & Calls[K]['args'] }[keyof Calls]

export interface AppendRequest extends AppendUnit {
  readonly id: number
  /** Number of the writer within its client. */
  readonly writer: number
}

export type Request =
  | Call
  | { readonly type: 'append'; readonly units: readonly AppendRequest[] }
  /** The writer is gone: what is remembered about its failure may be forgotten. */
  | { readonly type: 'writer-closed'; readonly writer: number }
  /** Asks for one `wake` when any of the partitions ends elsewhere than `ends` says. */
  | {
      readonly type: 'wait'
      readonly waiter: number
      readonly partitions: readonly number[]
      readonly ends: readonly number[]
    }
  | { readonly type: 'wait-over'; readonly waiter: number }

export type Reply =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly error: WireError }
  /** Appends that are durable now, with their batches' base offsets. */
  | {
      readonly type: 'appended'
      readonly units: readonly { readonly id: number; readonly baseOffsets: readonly number[] }[]
    }
  | { readonly type: 'wake'; readonly waiter: number }

/** An error as data: a clone would lose all but its message. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly file?: string
  readonly disposition?: 'retry' | 'reject' | 'fatal'
  readonly retryAfterMs?: number
  readonly cause?: WireError
}
