import { isUtf8 } from 'node:buffer'
import {
  createJsonDecoder,
  createJsonEncoder,
  defineConverter,
  errorMessage,
  field,
  parseSchemaJson,
  readSchemaless,
  rejected,
} from 'millrace/plugin'
import type { Schema, SchemaAndValue } from 'millrace/plugin'
import { contractVersion } from './contract-version.js'
import { converterType } from './converter-type.js'

const decimalFormats = ['BASE64', 'NUMERIC'] as const

const schemas = { group: 'Schemas', width: 'medium' } as const
const serialization = { group: 'Serialization', width: 'medium' } as const

const config = {
  ...converterType,
  'schemas.enable': field.boolean({
    doc: 'Include schemas within each of the serialized values and keys.',
    importance: 'high',
    default: true,
    ...schemas,
    order: 0,
    displayName: 'Enable Schemas',
  }),
  'schemas.cache.size': field.int({
    doc: 'The maximum number of schemas that can be cached in this converter instance.',
    importance: 'high',
    default: 1000,
    ...schemas,
    order: 1,
    displayName: 'Schema Cache Size',
  }),
  'schema.content': field.string({
    doc: 'When set, this is used as the schema for all messages, which then hold bare payloads. Otherwise the schema is expected to be included in each message.',
    importance: 'high',
    optional: true,
    ...schemas,
    order: 2,
    displayName: 'Schema Content',
    check: checkSchema,
  }),
  'decimal.format': field.string({
    doc: 'Controls which format this converter will serialize decimals in. This value is case insensitive and can be either BASE64 (default) or NUMERIC.',
    importance: 'low',
    default: 'BASE64',
    ...serialization,
    order: 0,
    displayName: 'Decimal Format',
    check: text =>
      decimalFormat(text) === undefined ? 'String must be one of (case insensitive): NUMERIC, BASE64' : undefined,
  }),
  'replace.null.with.default': field.boolean({
    doc: 'Whether to replace fields that have a default value and that are null to the default value. When set to true, the default value is used, otherwise null is used.',
    importance: 'low',
    default: true,
    ...serialization,
    order: 1,
    displayName: 'Replace null with default',
  }),
}

export const jsonConverter = defineConverter({
  name: 'json-converter',
  version: contractVersion,
  summary: 'Writes and reads JSON, with the schema in an envelope or without one.',
  aliases: ['org.apache.kafka.connect.json.JsonConverter', 'JsonConverter', 'Json'],
  config,
  create(config) {
    const replaceNullWithDefault = config['replace.null.with.default']
    const encoder = createJsonEncoder({
      decimalFormat: decimalFormat(config['decimal.format']) ?? 'BASE64',
      replaceNullWithDefault,
    })
    const encode = config['schemas.enable'] ? encoder.envelopeText : encoder.payloadText
    const decoder = createJsonDecoder({ cacheSize: config['schemas.cache.size'], replaceNullWithDefault })
    const fixed = config['schemas.enable'] ? fixedSchema(config['schema.content'], replaceNullWithDefault) : undefined
    const readFixed = fixed === undefined ? undefined : decoder.payloadReader(fixed)
    const read = (marked: string): SchemaAndValue => {
      const text = marked.startsWith('\ufeff') ? marked.slice(1) : marked
      if (readFixed !== undefined) return { schema: fixed, value: readFixed(text) }
      return config['schemas.enable'] ? decoder.readEnvelope(text) : { value: readSchemaless(text) }
    }
    return {
      fromData: (_topic, schema, value) => (schema === undefined && value === null ? null : encode(schema, value)),
      toData: (_topic, bytes) => (bytes === null ? { value: null } : read(textOf(bytes))),
      textToData: (_topic, text) => read(text),
    }
  },
})

function decimalFormat(text: string): (typeof decimalFormats)[number] | undefined {
  return decimalFormats.find(format => format === text.toUpperCase())
}

function fixedSchema(content: string | undefined, replaceNullWithDefault: boolean): Schema | undefined {
  return content === undefined || content === '' ? undefined : parseSchemaJson(content, { replaceNullWithDefault })
}

function checkSchema(content: string): string | undefined {
  try {
    fixedSchema(content, true)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

/** Malformed UTF-8 is an error, as in Java: it must not come out as other text than went in. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw rejected('The bytes are not UTF-8 text.')
  return text
}
