import type { Adjustment } from './keys.js'

/** A topic of some parts; what no topic may hold becomes `_`, and it is cut at Kafka's limit. */
export function topicName(parts: readonly string[], delimiter: string): string {
  return parts
    .join(delimiter)
    .replace(/[^a-zA-Z0-9._-]/g, '_')
    .slice(0, 249)
}

/** A schema's name, of parts between dots. */
export function adjustSchemaName(name: string, mode: Adjustment): string {
  return mode === 'none'
    ? name
    : name
        .split('.')
        .map(part => adjustFieldName(part, mode))
        .join('.')
}

/** A name as Avro takes it: letters, digits and `_`, no digit first. `avro_unicode` writes others as `_u` and four digits. */
export function adjustFieldName(name: string, mode: Adjustment): string {
  if (mode === 'none') return name
  if (mode === 'avro') return name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^\d/, digit => `_${digit}`)
  const escaped = (char: string): string => `_u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return name.replace(/[^a-zA-Z0-9]/g, escaped).replace(/^\d/, escaped)
}
