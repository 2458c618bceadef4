import type { Schema } from 'millrace/plugin'

/** Names by which JsonSchemaData keeps what JSON Schema has no words for. */
export const namespace = 'io.confluent.connect.json'
export const idParameter = `${namespace}.Id`
export const enumParameter = `${namespace}.Enum`
export const unionName = `${namespace}.OneOf`
/** Of an enum, since parameters are text. */
export const nullMarker = '<NULL>'

export function isUnionStruct(schema: Schema): boolean {
  return schema.type === 'struct' && schema.name === unionName
}

/** Whether a map is an object; others are lists of entries. */
export function isStringMap(schema: Schema): boolean {
  return schema.keys?.type === 'string' && !schema.keys.optional
}

/** Whether a null is JSON's null, written under its schema; other nulls are Kafka's. */
export function isJsonNull(schema: Schema | undefined): boolean {
  return schema !== undefined && (schema.optional || (schema.default ?? null) !== null)
}
