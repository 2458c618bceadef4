import type { Schema, SchemaAndValue, Value } from 'millrace/plugin'
import type { ResolvedSchema, SchemaKind } from '../registry/types.js'

/** The schema to register for data of one Connect schema. */
export interface Described {
  readonly text: string
  /** By which RecordNameStrategy knows it; undefined where it has none. */
  readonly recordName: string | undefined
}

/** Bytes with the header that names schema `id`. */
export type PayloadWriter = (value: Value, id: number) => Buffer
/** Reads bytes with their header. */
export type PayloadReader = (bytes: Buffer) => SchemaAndValue

/** What a converter knows before the first record. */
export interface FormatSource {
  /** Whether a null of this schema is Kafka's null, for which no schema is needed. */
  nullIsNull(schema: Schema | undefined): boolean
  /** Loads what the format needs: a node that only names the converter does not wait for that. */
  load(): Promise<Format>
}

/** One format of data: what its converter does between Connect's data and bytes. Nothing in it waits. */
export interface Format {
  readonly kind: SchemaKind
  describe(schema: Schema | undefined): Described
  /** How data of `schema` is written as `registered`. */
  writer(schema: Schema | undefined, registered: ResolvedSchema): PayloadWriter
  /** How data that was written as `written` is read: as that, or as `wanted`. `version` is its number under its subject. */
  reader(written: ResolvedSchema, wanted: ResolvedSchema | undefined, version: number | undefined): PayloadReader
  recordNameOf(schema: ResolvedSchema): string | undefined
  /** Why data of `written` could not be read as `wanted`; undefined where it could. */
  whyIncompatible(wanted: ResolvedSchema, written: ResolvedSchema): string | undefined
}
