import { field } from 'millrace/plugin'
import type { ConfigFields, ConfigOf } from 'millrace/plugin'
import { registryKeys } from '../registry/keys.js'
import { refused, withoutEffect } from '../registry/refused-keys.js'

/** Confluent's keys of JsonSchemaData and its serializer, by their names and defaults. */
export const jsonKeys = {
  ...registryKeys,
  'object.additional.properties': field.boolean({
    doc: 'Whether schemas of structs allow properties beside those that they name.',
    default: true,
  }),
  'use.optional.for.nonrequired': field.boolean({
    doc: 'Read properties that are not required as optional fields.',
    default: false,
  }),
  'decimal.format': field.string({
    doc: 'How decimals are written, whatever the case: BASE64 (their unscaled bytes) or NUMERIC.',
    importance: 'low',
    default: 'BASE64',
    check: text =>
      /^(BASE64|NUMERIC)$/i.test(text) ? undefined : 'String must be one of (case insensitive): BASE64, NUMERIC',
  }),
  'flatten.singleton.unions': field.boolean({
    doc: 'Read a oneOf, anyOf or allOf of one schema as that schema.',
    importance: 'low',
    default: true,
  }),
  'ignore.default.for.nullables': field.boolean({
    doc: 'Write null where an optional field is null, also where it has a default.',
    default: false,
  }),
  'json.fail.invalid.schema': field.boolean({
    doc: 'Refuse data that the registered JSON Schema does not allow, written and read.',
    default: false,
  }),
  'json.schema.spec.version': withoutEffect('the draft of schemas made of Java objects.'),
  'json.oneof.for.nullables': withoutEffect('schemas made of Java objects. Optional data is always a oneOf with null.'),
  'json.fail.unknown.properties': withoutEffect('how Java objects are filled.'),
  'json.write.dates.iso8601': withoutEffect('dates in Java objects.'),
  'json.default.property.inclusion': withoutEffect('what of Java objects is written.'),
  'json.schema.scan.packages': withoutEffect('schemas made of Java objects.'),
  'ignore.modern.dialects': withoutEffect('schemas are read alike, whatever draft they name.'),
  'json.indent.output': refused('data is written without spaces.', ['false']),
  'preserve.additional.properties': refused('properties that the schema does not name are left out.', ['false']),
  'generalized.sum.type.support': refused('enums and unions keep the form that this converter gives them.', ['false']),
} as const satisfies ConfigFields

export type JsonConfig = ConfigOf<typeof jsonKeys>

export const isNumeric = (config: JsonConfig): boolean => config['decimal.format'].toUpperCase() === 'NUMERIC'
