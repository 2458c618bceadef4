import type { ConfigFields, ConfigOf } from '../core/config/field.js'
import type { OffsetMap, TopicPartition } from '../core/offset.js'
import type { SourceRecord } from '../core/record.js'
import type { SourceOffsets, TaskContext } from './context.js'
import type { ConnectorParts } from './connector.js'
import type { Shape, ShapeOf } from './shape.js'

/** Moves a partition's offset without a record: progress through data that yields none. */
export interface OffsetMark<P extends OffsetMap, O extends OffsetMap> {
  readonly mark: 'offset'
  readonly partition: P
  readonly offset: O
}

/** Ends the open transaction, under `transaction.boundary=connector`. */
export interface TransactionMark {
  readonly mark: 'commit' | 'abort'
}

/** Record batches (format v2) passed through, as they are where brokers take them so. Only where `passesEncoded`. */
export interface EncodedRecords<P extends OffsetMap, O extends OffsetMap> {
  readonly mark: 'encoded'
  readonly topic: string
  readonly kafkaPartition: number
  /** One or more whole batches. Ownership passes to the runtime. */
  readonly batches: Uint8Array
  /** Records with a lower offset in these batches are left out. Default: none. */
  readonly from?: number
  readonly partition: P
  /** The offset after the last record. */
  readonly offset: O
}

/** What `read` may yield. Arrays are the fast path: one record costs about as much to yield as 500 in an array. */
export type SourceYield<P extends OffsetMap, O extends OffsetMap> =
  SourceRecord<P, O> | readonly SourceRecord<P, O>[] | OffsetMark<P, O> | TransactionMark | EncodedRecords<P, O>

/** How far a source is behind. What it does not know it leaves out. */
export interface SourceLag {
  /** Records that wait. An estimate will do, as long as it is 0 only where nothing waits. */
  readonly records?: number
  /** How long the oldest of them has waited, ms; 0 where nothing waits. */
  readonly ms?: number
  /** What the outside system keeps until this source has stored it: a slot's log. It says nothing of whether the source should be moving. */
  readonly bytes?: number
}

/** A number is of records. */
export type LagAnswer = SourceLag | number | undefined

/** Records that have become durable together. */
export interface Appended<P extends OffsetMap, O extends OffsetMap> {
  /** How far the source has come with them, by source partition. */
  readonly positions: readonly { readonly partition: P; readonly offset: O }[]
  readonly ranges: readonly AppendedRange[]
}

/** The first and the last of some records of a topic partition, by their offsets there. */
export interface AppendedRange extends TopicPartition {
  readonly first: number
  readonly last: number
}

export interface SourceContext<C, T, P extends OffsetMap, O extends OffsetMap> extends TaskContext<C, T> {
  readonly offsets: SourceOffsets<P, O>
  /**
   * Called after `offset` of `partition` was durably committed, with the latest only; for replication slots and
   * queues that need an acknowledgement. Calls do not overlap; a failure is logged and the next commit calls again.
   */
  readonly onCommitted: (handler: (partition: P, offset: O) => void | Promise<void>) => void
  /**
   * Calls `handler` each time records have become durable, in order, with where they stand in the log; for who has to know
   * the one offset by the other. It must return at once; what it throws is logged. Nothing is told of records of which
   * the log does not say where they are.
   */
  readonly onAppended: (handler: (appended: Appended<P, O>) => void) => void
  /** How much is waiting in the outside system; asked every few seconds. Without it a pending read counts as idle (I7). */
  readonly onLag: (provider: () => LagAnswer | Promise<LagAnswer>) => void
  /** Whether encoded batches may be yielded: there are no transforms, and all converters pass bytes through. */
  readonly passesEncoded: boolean
  /** Reports a long first read: `done` of `total`, where the total is known. */
  readonly progress: (done: number, total?: number) => void
}

export interface SourceSpec<F extends ConfigFields, SP extends Shape, SO extends Shape, T> extends ConnectorParts<
  F,
  T
> {
  /** The shapes of this source's partitions and offsets. */
  readonly offsets?: { readonly partition: SP; readonly offset: SO }
  /** Whether this configuration can be read exactly once: offsets identify positions that can be returned to. Default: true where `offsets` is declared. */
  readonly exactlyOnce?: (config: ConfigOf<F>) => boolean
  /** Whether the source yields transaction marks under this configuration. */
  readonly transactionBoundaries?: (config: ConfigOf<F>) => boolean
  /**
   * Checks offsets that an operator wants to write, beyond their declared shape; throws what is wrong. Returns true
   * where the runtime's offsets are all there is, false where the outside system keeps its own (Connect's alterOffsets).
   */
  readonly alterOffsets?: (
    config: ConfigOf<F>,
    changes: readonly { readonly partition: ShapeOf<SP>; readonly offset: ShapeOf<SO> | null }[],
  ) => boolean | Promise<boolean>
  /**
   * Reads from where the committed offsets say, for ever or to the end. The runtime pulls: it asks for the next batch
   * only when it has room (I6). To stop it, `signal` aborts and then the generator is returned: clean up in `finally`.
   * A read that heeds neither within the graceful time costs the thread it runs in. Returning means: end of input; the
   * task stays RUNNING with nothing to do.
   * Throw `retry(…)` for what passes by itself; it is opened again from the committed offsets, with back-off and at no
   * cost to the restart budget. Anything else thrown fails the task.
   */
  readonly read: (
    context: SourceContext<ConfigOf<F>, T, ShapeOf<SP>, ShapeOf<SO>>,
  ) => AsyncIterable<SourceYield<ShapeOf<SP>, ShapeOf<SO>>>
}
