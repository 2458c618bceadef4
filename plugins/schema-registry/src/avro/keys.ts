import { field } from 'millrace/plugin'
import type { ConfigFields, ConfigOf } from 'millrace/plugin'
import { registryKeys } from '../registry/keys.js'
import { refused, withoutEffect } from '../registry/refused-keys.js'

/** Confluent's keys of AvroData, by their names and defaults. */
export const avroKeys = {
  ...registryKeys,
  'enhanced.avro.schema.support': field.boolean({
    doc: 'Keep enums as enums, and packages in the names of union members.',
    default: false,
  }),
  'scrub.invalid.names': field.boolean({
    doc: 'Replace what Avro does not allow in names with what it does.',
    default: false,
  }),
  'connect.meta.data': field.boolean({
    doc: "Keep Connect's names, versions, docs, parameters and defaults in attributes of the schema.",
    importance: 'low',
    default: true,
  }),
  'discard.type.doc.default': field.boolean({
    doc: 'Keep only the docs and defaults that fields have.',
    importance: 'low',
    default: false,
  }),
  'allow.optional.map.keys': field.boolean({
    doc: "Write maps with optional string keys as Avro's maps.",
    importance: 'low',
    default: false,
  }),
  'flatten.singleton.unions': field.boolean({
    doc: 'Read a union of one type as that type.',
    importance: 'low',
    default: true,
  }),
  'ignore.default.for.nullables': field.boolean({
    doc: 'Write null where an optional field is null, also where it has a default.',
    default: false,
  }),
  'avro.fail.on.trailing.data': field.boolean({
    doc: 'Refuse data with more bytes than its schema describes.',
    importance: 'low',
    default: false,
  }),
  'generalized.sum.type.support': refused('enums and unions keep the form that Avro’s converter gives them.', [
    'false',
  ]),
  'specific.avro.reader': withoutEffect('there are no Java classes here.'),
  'avro.reflection.allow.null': withoutEffect('there are no Java classes here.'),
  'avro.use.logical.type.converters': refused('logical types are converted by their Connect names.', ['false']),
  'avro.remove.java.properties': refused('schemas are registered with what they have.', ['false']),
} as const satisfies ConfigFields

export type AvroConfig = ConfigOf<typeof avroKeys>
