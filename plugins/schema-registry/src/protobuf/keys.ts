import { field } from 'millrace/plugin'
import type { ConfigFields, ConfigOf } from 'millrace/plugin'
import { registryKeys } from '../registry/keys.js'
import { refused } from '../registry/refused-keys.js'

/** Confluent's keys of ProtobufData and its serializer, by their names and defaults. */
export const protobufKeys = {
  ...registryKeys,
  'enhanced.protobuf.schema.support': field.boolean({
    doc: 'Keep packages in the names of schemas.',
    default: false,
  }),
  'scrub.invalid.names': field.boolean({
    doc: 'Replace what Protobuf does not allow in names with what it does.',
    default: false,
  }),
  'int.for.enums': field.boolean({ doc: 'Read enums as numbers.', default: false }),
  'optional.for.nullables': field.boolean({
    doc: 'Give optional fields the label optional; fields without it are not optional.',
    default: false,
  }),
  'optional.for.proto2': field.boolean({
    doc: 'Read an optional field of proto2 that is not set as null, not as its default.',
    default: true,
  }),
  'wrapper.for.nullables': field.boolean({
    doc: 'Write optional fields as wrapper messages (google.protobuf.StringValue and its like), and read those as optional fields.',
    default: false,
  }),
  'wrapper.for.raw.primitives': field.boolean({
    doc: 'Read a wrapper message as the value that it holds.',
    default: true,
  }),
  'generate.struct.for.nulls': field.boolean({
    doc: 'Read a message that is not set as a struct of defaults, not as null.',
    default: false,
  }),
  'generate.index.for.unions': field.boolean({
    doc: 'Add the number of a oneof to the name of its field.',
    importance: 'low',
    default: true,
  }),
  'flatten.unions': field.boolean({
    doc: 'Read the members of a oneof as fields of their message.',
    importance: 'low',
    default: false,
  }),
  'ignore.default.for.nullables': field.boolean({
    doc: 'Leave a field out where it is null, also where it has a default.',
    default: false,
  }),
  'generalized.sum.type.support': refused('enums and oneofs keep the form that this converter gives them.', ['false']),
  'skip.known.types': refused('well-known types are not registered as references; the registry must know them.', [
    'true',
  ]),
  'reference.subject.name.strategy': refused('schemas are registered without references.', [
    'io.confluent.kafka.serializers.subject.DefaultReferenceSubjectNameStrategy',
  ]),
} as const satisfies ConfigFields

export type ProtobufConfig = ConfigOf<typeof protobufKeys>
