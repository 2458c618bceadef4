import { doubleText } from '../json/number.js'
import type { ConfigField, Secret } from './field.js'

/** What `parseFields` makes of one key's text. */
export type ConfigValue = string | number | boolean | readonly string[] | Secret

/** A value as Connect shows it in ConfigInfos and ConfigDef: lists joined with commas, secrets hidden; null where there is none. */
export function valueText(field: ConfigField, value: ConfigValue | null | undefined): string | null {
  if (value === undefined || value === null) return null
  return Array.isArray(value) ? value.join(',') : scalarText(field, value as Exclude<ConfigValue, readonly string[]>)
}

/** A value as Connect's error messages show it: as Java's `toString` would. */
export function messageText(field: ConfigField, value: ConfigValue | null): string {
  if (value === null) return 'null'
  return Array.isArray(value)
    ? `[${value.join(', ')}]`
    : scalarText(field, value as Exclude<ConfigValue, readonly string[]>)
}

function scalarText(field: ConfigField, value: string | number | boolean | Secret): string {
  return field.type === 'DOUBLE' && typeof value === 'number' ? doubleText(value) : String(value)
}

/** The sentence of Connect's ConfigException. */
export function invalid(key: string, shown: string, problem: string): string {
  return `Invalid value ${shown} for configuration ${key}: ${problem}`
}
