import { logicalNames, type Schema } from '../../core/schema.js'

const depthMax = 8

/** A schema in short, as people read it: `struct Order v2 {id: int64, note: string?, at: timestamp}`. */
export function schemaText(schema: Schema): string {
  return shown(schema, 0)
}

function shown(schema: Schema, depth: number): string {
  return `${typeText(schema, depth)}${schema.optional ? '?' : ''}`
}

function typeText(schema: Schema, depth: number): string {
  const { type, name, version, parameters } = schema
  if (name === logicalNames.decimal) return `decimal(${parameters?.['scale'] ?? ''})`
  const logical = Object.entries(logicalNames).find(([, full]) => full === name)
  if (logical !== undefined) return logical[0]
  const title = `${name === undefined ? '' : ` ${name}`}${version === undefined ? '' : ` v${version}`}`
  const inner = (of: Schema | undefined): string =>
    of === undefined ? '' : depth < depthMax ? shown(of, depth + 1) : '…'
  if (type === 'array') return `array<${inner(schema.items)}>${title}`
  if (type === 'map') return `map<${inner(schema.keys)}, ${inner(schema.items)}>${title}`
  if (type !== 'struct') return `${type}${title}`
  return `struct${title} {${(schema.fields ?? []).map(field => `${field.name}: ${inner(field.schema)}`).join(', ')}}`
}
