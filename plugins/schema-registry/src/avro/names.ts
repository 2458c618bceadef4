import type { Schema } from 'millrace/plugin'

/** Names and attributes by which AvroData keeps what Avro has no words for. */
export const namespace = 'io.confluent.connect.avro'
export const defaultName = `${namespace}.ConnectDefault`
export const mapEntryName = `${namespace}.MapEntry`
export const anythingName = `${namespace}.Anything`
export const unionName = `${namespace}.Union`
export const enumParameter = `${namespace}.Enum`
export const recordDoc = `${namespace}.record.doc`
export const enumDocPrefix = `${namespace}.enum.doc.`
export const enumDefaultPrefix = `${namespace}.enum.default.`
export const fieldDocPrefix = `${namespace}.field.doc.`
export const fieldDefaultFlag = `${namespace}.field.default`
export const fixedSize = 'connect.fixed.size'
export const decimalPrecision = 'connect.decimal.precision'
export const defaultPrecision = 64

/** A name as Avro allows it: percent-encoded, then underscores for what is left. */
export function scrub(name: string): string {
  if (name === '' || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  // Java's URLEncoder: letters, digits and .-*_ stay, a space becomes a plus.
  const encoded = encodeURIComponent(name)
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, percent)
  return (/^\d/.test(encoded) ? `x${encoded}` : encoded).replaceAll(/[^A-Za-z0-9_]/g, '_')
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

export function scrubFull(name: string): string {
  return name.split('.').map(scrub).join('.')
}

export function isUnionStruct(schema: Schema): boolean {
  return schema.type === 'struct' && schema.name === unionName
}

export function isEnumString(schema: Schema): boolean {
  return schema.type === 'string' && schema.parameters?.[enumParameter] !== undefined
}

/** Bytes of one length; a name is needed for it to be a type of Avro's. */
export function isFixedBytes(schema: Schema): boolean {
  return schema.type === 'bytes' && schema.name !== undefined && schema.parameters?.[fixedSize] !== undefined
}
