import { wrapperFields } from './wrappers.js'

/** Files that schemas import without a reference to them, with what in them matters here. */

const wrappers = Object.entries(wrapperFields).map(([name, type]) => `message ${name} {\n  ${type} value = 1;\n}\n`)

export const wrappersFile = 'google/protobuf/wrappers.proto'

/** As Protobuf has it: a value alone is written as one of its messages, and which one is told by its place. */
export const wrappersText = `syntax = "proto3";
package google.protobuf;

option java_package = "com.google.protobuf";
option java_outer_classname = "WrappersProto";
option java_multiple_files = true;

${wrappers.join('')}`

export const knownFiles: Readonly<Record<string, string>> = {
  [wrappersFile]: wrappersText,
  'google/protobuf/timestamp.proto': `syntax = "proto3";
package google.protobuf;
message Timestamp { int64 seconds = 1; int32 nanos = 2; }`,
  'google/protobuf/duration.proto': `syntax = "proto3";
package google.protobuf;
message Duration { int64 seconds = 1; int32 nanos = 2; }`,
  'google/protobuf/empty.proto': `syntax = "proto3";
package google.protobuf;
message Empty {}`,
  'google/protobuf/any.proto': `syntax = "proto3";
package google.protobuf;
message Any { string type_url = 1; bytes value = 2; }`,
  'google/protobuf/field_mask.proto': `syntax = "proto3";
package google.protobuf;
message FieldMask { repeated string paths = 1; }`,
  'google/type/date.proto': `syntax = "proto3";
package google.type;
message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  'google/type/timeofday.proto': `syntax = "proto3";
package google.type;
message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  'confluent/type/decimal.proto': `syntax = "proto3";
package confluent.type;
message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  // They only define options, which are read as they stand.
  'confluent/meta.proto': 'syntax = "proto3";',
  'google/protobuf/descriptor.proto': 'syntax = "proto2";',
}
