import type { Schema, SchemaType } from 'millrace/plugin'

/** The wrapper messages of google.protobuf, in their order, with the type of what they hold. */
export const wrapperFields = {
  DoubleValue: 'double',
  FloatValue: 'float',
  Int64Value: 'int64',
  UInt64Value: 'uint64',
  Int32Value: 'int32',
  UInt32Value: 'uint32',
  BoolValue: 'bool',
  StringValue: 'string',
  BytesValue: 'bytes',
} as const

type WrapperName = keyof typeof wrapperFields

/** What a wrapper's value is in Connect; undefined for other messages. */
export function wrappedType(fullName: string): SchemaType | undefined {
  const types: Readonly<Record<WrapperName, SchemaType>> = {
    DoubleValue: 'float64',
    FloatValue: 'float32',
    Int64Value: 'int64',
    UInt64Value: 'int64',
    Int32Value: 'int32',
    UInt32Value: 'int64',
    BoolValue: 'boolean',
    StringValue: 'string',
    BytesValue: 'bytes',
  }
  const prefix = 'google.protobuf.'
  const name = fullName.slice(prefix.length)
  return fullName.startsWith(prefix) && Object.hasOwn(types, name) ? types[name as WrapperName] : undefined
}

/** The wrapper for values of a schema; undefined where there is none. */
export function wrapperFor({ type }: Schema, protobufType?: string): WrapperName | undefined {
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return 'Int32Value'
    case 'int64':
      if (protobufType === 'uint32' || protobufType === 'fixed32') return 'UInt32Value'
      return protobufType === 'uint64' || protobufType === 'fixed64' ? 'UInt64Value' : 'Int64Value'
    case 'float32':
      return 'FloatValue'
    case 'float64':
      return 'DoubleValue'
    case 'boolean':
      return 'BoolValue'
    case 'string':
      return 'StringValue'
    case 'bytes':
      return 'BytesValue'
    case 'array':
    case 'map':
    case 'struct':
      return undefined
  }
  return type satisfies never
}
