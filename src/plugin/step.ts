import type { ConfigFields, ConfigOf } from '../core/config/field.js'
import type { ConfigIssue } from '../core/error.js'
import type { DataRecord, Header, SchemaAndValue } from '../core/record.js'
import type { Schema } from '../core/schema.js'
import type { Value } from '../core/value.js'

/** What transforms, predicates and converters have in common. */
export interface StepParts<F extends ConfigFields> {
  readonly name: string
  readonly version: string
  readonly summary: string
  /** Class names by which configurations ask for it; the first is the one shown. */
  readonly aliases?: readonly string[]
  readonly config: F
  /** Checks keys against one another; returns everything wrong. */
  readonly validate?: (config: ConfigOf<F>) => readonly ConfigIssue[]
}

/** Returns the record to go on with, or null to drop it. Throws for a record it cannot transform. Generic, so that whatever else a record carries stays. */
export type Transform = <R extends DataRecord>(record: R) => R | null

/** One that has to wait (an expression language, a look-up). The runtime waits for each record, in order; one that need not wait should not: a promise costs more than most transforms. */
export type AsyncTransform = <R extends DataRecord>(record: R) => Promise<R | null>

export interface TransformSpec<F extends ConfigFields> extends StepParts<F> {
  /** Compiles the configuration once per task. */
  readonly create: (config: ConfigOf<F>) => Transform | AsyncTransform
}

export type Predicate = (record: DataRecord) => boolean
export type AsyncPredicate = (record: DataRecord) => Promise<boolean>

export interface PredicateSpec<F extends ConfigFields> extends StepParts<F> {
  readonly create: (config: ConfigOf<F>) => Predicate | AsyncPredicate
}

/**
 * Turns data into bytes and back. Both directions may return a promise (a schema registry); the runtime waits in
 * order, and a record for which none is returned costs none. What is thrown blames the record (`rejected`, or any
 * error), or says that something outside is away (`retry`): then no record is skipped for it.
 * Text may be returned as a string: it is encoded as UTF-8 straight into the batch.
 */
export interface Converter {
  /** Bytes are passed through as they are, both ways: then nobody has to be asked. */
  readonly passesBytes?: true
  fromData(
    topic: string,
    schema: Schema | undefined,
    value: Value,
    headers: readonly Header[],
  ): Uint8Array | string | null | Promise<Uint8Array | string | null>
  /** `bytes` is valid only during the call; null is Kafka's null. */
  toData(topic: string, bytes: Buffer | null, headers: readonly RawHeader[]): SchemaAndValue | Promise<SchemaAndValue>
  /**
   * In place of `toData` for keys and values that are well-formed UTF-8, for converters of text: making a view of a
   * record's bytes costs more than their text. `text` may begin with a byte order mark.
   */
  textToData?(topic: string, text: string): SchemaAndValue
  /** As a header converter: the same for one header's value. Default: `fromData`/`toData`. */
  fromHeader?(topic: string, key: string, schema: Schema | undefined, value: Value): Uint8Array | string | null
  toHeader?(topic: string, key: string, bytes: Buffer | null): SchemaAndValue
  /** The same without lasting effects outside (a schema that is registered): what a dry run uses. Default: itself. */
  withoutEffects?(): Converter
}

/** A header as it stands in a topic. */
export interface RawHeader {
  readonly key: string
  readonly value: Buffer | null
}

export type ConverterRole = 'key' | 'value' | 'header'

export interface ConverterSpec<F extends ConfigFields> extends StepParts<F> {
  /** What it can be used for. Default: all three. */
  readonly roles?: readonly ConverterRole[]
  readonly create: (config: ConfigOf<F>, role: ConverterRole) => Converter
}
