/** `millrace/plugin`: everything that a plugin may import. */
export { field, Secret } from '../core/config/field.js'
export type { ConfigField, ConfigFields, ConfigOf, RawConfig } from '../core/config/field.js'
export { MillraceError, dispositionOf, errorCode, errorMessage } from '../core/error.js'
export type { ConfigIssue } from '../core/error.js'
export { inferHeaderValue } from '../core/header-value/parse.js'
export { temporalText } from '../core/header-value/temporal.js'
export { createJsonDecoder, readSchemaless } from '../core/json/decode.js'
export type { DecodeOptions, DecodedJson, JsonDecoder } from '../core/json/decode.js'
export { createJsonEncoder, envelopeText } from '../core/json/encode.js'
export type { JsonEncoder } from '../core/json/encode.js'
export { compileJavaRegex } from '../core/java-regex.js'
export type { JavaRegex } from '../core/java-regex.js'
export { javaToString } from '../core/json/java-string.js'
export {
  bigintBytes,
  bigintFromBytes,
  decimalText,
  floatText,
  int64,
  parseDecimal,
  wholePart,
} from '../core/json/number.js'
export { JsonNumber, parseExact, parseJson } from '../core/json/parse.js'
export type { JsonNode } from '../core/json/parse.js'
export type { ReadOptions } from '../core/json/reader.js'
export { parseSchemaJson } from '../core/json/schema-json.js'
export { stringifyJson } from '../core/json/schemaless.js'
export { isStruct, kindOf } from '../core/json/struct.js'
export { fromBase64, jsonString } from '../core/json/text.js'
export type { WriteOptions } from '../core/json/writer.js'
export { partitionKey, taskKey } from '../core/offset.js'
export type { OffsetMap, TaskId, TopicPartition } from '../core/offset.js'
export type { DataRecord, Header, SchemaAndValue, SinkRecord, SourceRecord } from '../core/record.js'
export { fieldOf, logicalNames, schema, withSchema } from '../core/schema.js'
export type { Field, Schema, SchemaType } from '../core/schema.js'
export { Decimal, Float64, setField } from '../core/value.js'
export type { Struct, Value } from '../core/value.js'
export { withKey, withParts, withValue } from '../core/whole-record.js'
export * from './connector.js'
export * from './context.js'
export * from './define.js'
export * from './failure.js'
export * from './fits.js'
export * from './shape.js'
export * from './sink.js'
export * from './source.js'
export * from './step.js'
