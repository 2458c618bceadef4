import { Secret, type ConfigField } from './field.js'
import { invalid, messageText, type ConfigValue } from './value-text.js'

/**
 * What is wrong with a parsed value, as Connect's validators say it (ConfigDef.Range, ValidString, ValidList,
 * NonEmptyString); null is a value that is absent or could not be parsed. Like theirs, it names the first fault only.
 */
export function findProblem(key: string, field: ConfigField, value: ConfigValue | null): string | undefined {
  const problem =
    Array.isArray(value) || field.type === 'LIST'
      ? listProblem(key, field, value as readonly string[] | null)
      : scalarProblem(key, field, value as Exclude<ConfigValue, readonly string[]> | null)
  if (problem !== undefined || value === null) return problem
  const own = field.options.check?.(value instanceof Secret ? value.reveal() : value)
  return own === undefined ? undefined : invalid(key, messageText(field, value), own)
}

function scalarProblem(key: string, field: ConfigField, value: string | number | boolean | Secret | null) {
  const { min, max, oneOf, nonEmpty } = field.options
  const refuse = (problem: string): string => invalid(key, messageText(field, value), problem)
  const bound = (limit: number): string => messageText(field, limit)

  if (min !== undefined || max !== undefined) {
    if (value === null) return refuse('Value must be non-null')
    if (min !== undefined && (value as number) < min) return refuse(`Value must be at least ${bound(min)}`)
    if (max !== undefined && (value as number) > max) return refuse(`Value must be no more than ${bound(max)}`)
  }
  if (oneOf !== undefined && !oneOf.includes(value)) return refuse(`String must be one of: ${oneOf.join(', ')}`)
  if (nonEmpty && value === '') return refuse('String must be non-empty')
  return undefined
}

function listProblem(key: string, field: ConfigField, items: readonly string[] | null): string | undefined {
  const { unique, nonEmpty, itemOneOf } = field.options
  if (!unique && !nonEmpty && itemOneOf === undefined) return undefined
  if (items === null) return `Configuration '${key}' values must not be null.`
  if (nonEmpty && items.length === 0)
    return `Configuration '${key}' must not be empty. Valid values include: ${itemOneOf ? `[${itemOneOf.join(', ')}]` : 'any non-empty value'}`
  if (unique && new Set(items).size < items.length) return `Configuration '${key}' values must not be duplicated.`
  if (items.includes('')) return `Configuration '${key}' values must not be empty.`
  const stranger = itemOneOf && items.find(item => !itemOneOf.includes(item))
  return stranger === undefined ? undefined : invalid(key, stranger, `String must be one of: ${itemOneOf?.join(', ')}`)
}
