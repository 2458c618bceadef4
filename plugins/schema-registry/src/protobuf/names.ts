import type { Schema } from 'millrace/plugin'

/** Names by which ProtobufData keeps what Connect has no words for. */
export const namespace = 'io.confluent.connect.protobuf'
export const enumParameter = `${namespace}.Enum`
export const unionPrefix = `${namespace}.Union.`
export const tagParameter = `${namespace}.Tag`
export const typeParameter = `${namespace}.Type`
export const wrapperParameter = `${namespace}.Wrapper`
export const defaultName = 'ConnectDefault'

export const decimalType = 'confluent.type.Decimal'
export const dateType = 'google.type.Date'
export const timeType = 'google.type.TimeOfDay'
export const timestampType = 'google.protobuf.Timestamp'

export function isUnionStruct(schema: Schema): boolean {
  return schema.type === 'struct' && schema.name?.startsWith(unionPrefix) === true
}

export function isEnum(schema: Schema): boolean {
  return (schema.type === 'string' || schema.type === 'int32') && schema.parameters?.[enumParameter] !== undefined
}

/** `my_map` of `MyMapEntry`. */
export function mapName(entry: string): string {
  return entry
    .replace(/Entry$/, '')
    .replaceAll(/(?!^)[A-Z]/g, '_$&')
    .toLowerCase()
}

/** `MyMapEntry` of `my_map`. */
export function entryName(map: string): string {
  const camel = map.includes('_')
    ? map
        .split('_')
        .map(word => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
        .join('')
    : map
  return `${camel}Entry`
}

/** A name as Protobuf allows it: percent-encoded, then underscores for what is left. */
export function scrub(name: string): string {
  if (name === '' || /^[A-Za-z]\w*$/.test(name)) return name
  // Java's URLEncoder: letters, digits and .-*_ stay, a space becomes a plus.
  const encoded = encodeURIComponent(name)
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return (/^[\d_]/.test(encoded) ? `x${encoded}` : encoded).replaceAll(/\W/g, '_')
}
