import type { Schema } from '../schema.js'
import type { Value } from '../value.js'
import { schemaText } from './schema-json.js'
import { stringifyJson } from './schemaless.js'
import { jsonWriters } from './writer.js'
import type { Write, WriteOptions } from './writer.js'

/** Writes values as JSON, by the rules of Connect's JsonConverter. Both throw `data.value_invalid`. */
export interface JsonEncoder {
  /** The bare payload (`schemas.enable=false`). */
  readonly payloadText: (schema: Schema | undefined, value: Value | undefined) => string
  /** `{"schema":…,"payload":…}` (`schemas.enable=true`). */
  readonly envelopeText: (schema: Schema | undefined, value: Value | undefined) => string
}

interface Compiled {
  /** `{"schema":…,"payload":` */
  readonly head: string
  readonly write: Write
}

/** What a schema compiles to is kept as long as the schema itself: share schema instances between records. */
export function createJsonEncoder(options: WriteOptions): JsonEncoder {
  const writerOf = jsonWriters(options)
  const envelopes = new WeakMap<Schema, Compiled>()
  const envelopeOf = (schema: Schema): Compiled => {
    let compiled = envelopes.get(schema)
    if (compiled === undefined) {
      compiled = { head: `{"schema":${schemaText(schema, writerOf)},"payload":`, write: writerOf(schema) }
      envelopes.set(schema, compiled)
    }
    return compiled
  }
  return {
    payloadText: (schema, value) => (schema === undefined ? stringifyJson(value) : writerOf(schema)(value)),
    envelopeText(schema, value) {
      if (schema === undefined) return `{"schema":null,"payload":${stringifyJson(value)}}`
      const { head, write } = envelopeOf(schema)
      return `${head}${write(value)}}`
    },
  }
}

const standard = createJsonEncoder({ decimalFormat: 'BASE64', replaceNullWithDefault: true })

/** The envelope with JsonConverter's default settings. Throws `data.value_invalid`. */
export function envelopeText(schema: Schema | undefined, value: Value | undefined): string {
  return standard.envelopeText(schema, value)
}
