import type { RawConfig } from '../config/field.js'
import type { ConnectorOffset } from './offsets.js'

/** Where a dry run begins to read: at what is committed, at an end of the topics (sinks), or at these offsets, in the form of Connect's offsets endpoints. */
export type DryRunFrom = 'committed' | 'earliest' | 'latest' | readonly ConnectorOffset[]

/** What `POST /millrace/v1/dry-run` is asked. */
export interface DryRunRequest {
  readonly config: RawConfig
  /** Records to read, 1 to `dryRunLimits.records`. */
  readonly limit: number
  /** How long to read, 1 to `dryRunLimits.timeoutMs`. */
  readonly timeoutMs: number
  readonly from: DryRunFrom
  /** Read although that changes something outside (the plugin's `effects`). */
  readonly acceptEffects: boolean
}

export const dryRunLimits = { records: 100, timeoutMs: 30_000 } as const
export const dryRunDefaults = { limit: 10, timeoutMs: 10_000, from: 'committed', acceptEffects: false } as const

/** One station of a record's way, in the order in which it passes them. */
export interface DryRunStage {
  /** `read`, `fetch`, `predicate:ALIAS` and `transform:ALIAS` (both of the transform), `convert:key|value|header`, `write`. */
  readonly id: string
  readonly kind: 'read' | 'fetch' | 'transform' | 'predicate' | 'convert' | 'write'
  /** As the configuration names it. */
  readonly class: string
  /** Alias of the transform or predicate, or the part that is converted. */
  readonly name?: string
  /** False of what a dry run leaves out: appending to topics, and a sink's own writing. */
  readonly executed: boolean
}

/**
 * Plain JSON. What JSON has no form for is an object with one name of these: `$int64` (digits, beyond 2^53), `$float` (NaN
 * and its like), `$decimal`, `$date` (ISO), `$bytes` (base64), `$map` (pairs). What was cut: `$text` and `$bytes` with the
 * whole `length`, `$more` for the number of elements or fields that are left out.
 */
export type ShownData = null | boolean | number | string | readonly ShownData[] | { readonly [key: string]: ShownData }

/** A key, value or header: as data, or as the bytes that stand in a topic (text where they are UTF-8, else `$bytes`). */
export type ShownPart =
  | {
      readonly data: ShownData
      /** In short; absent: it has none. */
      readonly schema?: string
    }
  | { readonly bytes: ShownData; readonly size: number }

export interface ShownRecord {
  readonly topic: string
  /** Of the topic; absent: the key decides. */
  readonly partition?: number
  /** In the topic: of sinks. */
  readonly offset?: number
  /** Milliseconds since the epoch. */
  readonly timestamp?: number
  readonly key: ShownPart
  readonly value: ShownPart
  readonly headers: readonly (ShownPart & { readonly name: string })[]
  /** Where the source stands after it. */
  readonly source?: { readonly partition: ShownData; readonly offset: ShownData }
}

/** A change between two shown records: a JSON patch (RFC 6902) that also says what was there. */
export type ShownChange =
  | { readonly op: 'add'; readonly path: string; readonly value: ShownData }
  | { readonly op: 'remove'; readonly path: string; readonly was: ShownData }
  | { readonly op: 'replace'; readonly path: string; readonly value: ShownData; readonly was: ShownData }

export interface DryRunError {
  /** Stable; `internal` where whatever was thrown has none. */
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The key of the configuration that is to blame, where one is. */
  readonly key?: string
  readonly trace: string
}

/** What the running task would do with a record that failed (`errors.*`). */
export type DryRunVerdict = 'fail' | 'skip' | 'dead-letter'

/** What one stage did to a record. */
export interface DryRunStep {
  readonly stage: string
  /** The record after it; absent where it left the record as it was. */
  readonly value?: ShownRecord
  /** Against the record before it; of transforms and converters. */
  readonly diff?: readonly ShownChange[]
  /** Of a predicate: its answer, before `negate`. */
  readonly matches?: boolean
  /** Of a transform that its predicate kept from this record. */
  readonly skipped?: true
  /** What dropped the record, in words: nothing comes after it. */
  readonly dropped?: string
  readonly error?: DryRunError & { readonly verdict: DryRunVerdict }
  /** Microseconds that it took. */
  readonly us: number
}

export interface DryRunRecord {
  /** From 1. */
  readonly record: number
  readonly steps: readonly DryRunStep[]
}

/** Why nothing more was read. */
export type DryRunWhy =
  /** As many as asked for. */
  | 'limit'
  | 'timeout'
  /** The source has read its input to the end. */
  | 'input-ended'
  /** A sink's topics were read to where they ended when the dry run began. */
  | 'topics-ended'
  /** No topic of the sink exists. */
  | 'no-topics'
  /** The source has planned no task. */
  | 'no-tasks'
  /** More would be shown than a dry run may send. */
  | 'size'
  | 'failed'

export interface DryRunEnd {
  readonly read: number
  readonly kept: number
  readonly dropped: number
  readonly failed: number
  /** By topic: the records that a source would append. */
  readonly wouldWriteTo: Readonly<Record<string, number>>
  /** What does not exist of the topics that a source would write to, or of those that a sink names. */
  readonly missingTopics: readonly string[]
  readonly committed: false
  /** What reading has changed outside, as the plugin declares it. */
  readonly sideEffects: readonly string[]
  readonly why: DryRunWhy
  /** How long it read. */
  readonly ms: number
  /** Where it failed beside its records: connecting, reading. `passes`: a running task would try again. */
  readonly error?: DryRunError & { readonly stage?: string; readonly passes: boolean }
}

/** What a dry run says, in this order: once, for each record, once. */
export type DryRunEvent =
  | {
      readonly connector: {
        readonly name: string
        readonly class: string
        readonly version: string
        readonly type: 'source' | 'sink'
        /** Planned; of a source the first is run. */
        readonly tasks: number
      }
      readonly stages: readonly DryRunStage[]
    }
  | DryRunRecord
  | { readonly end: DryRunEnd }
