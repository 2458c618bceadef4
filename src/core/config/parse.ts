import type { ConfigIssue } from '../error.js'
import type { ToldAs } from './config-def.js'
import { Secret, type ConfigField, type ConfigFields, type ConfigOf, type FieldType, type RawConfig } from './field.js'
import { findProblem } from './check.js'
import { invalid, type ConfigValue } from './value-text.js'

export interface ParsedFields<F extends ConfigFields> {
  /** To be used only where `issues` is empty: a key that could not be parsed is missing, one that failed its check is there. */
  readonly values: ConfigOf<F>
  /** Everything wrong, in the order of declaration; a key may have two (Connect counts both). */
  readonly issues: readonly ConfigIssue[]
}

/**
 * Parses the declared keys of a configuration by the rules and in the words of Connect's ConfigDef, defaults applied,
 * with all errors at once (I10). Keys that are not declared are left alone. With `prefix` the keys stand in `raw`, and
 * in messages unless `told` says otherwise, as `<prefix><key>`.
 */
export function parseFields<F extends ConfigFields>(
  fields: F,
  raw: RawConfig,
  prefix = '',
  told: ToldAs = 'whole',
): ParsedFields<F> {
  const values: [string, ConfigValue][] = []
  const issues: ConfigIssue[] = []
  for (const [name, field] of Object.entries(fields)) {
    const key = prefix + name
    const names = { read: told === 'own' ? name : key, checked: told === 'whole' ? key : name }
    const { value, problems } = parseField(names, field, Object.hasOwn(raw, key) ? raw[key] : undefined)
    if (value !== null) values.push([name, value])
    for (const message of problems) issues.push({ key, message })
  }
  return { values: Object.fromEntries(values) as ConfigOf<F>, issues }
}

/** The keys under a prefix, without it: `subset(raw, 'transforms.a.')`. */
export function subset(raw: RawConfig, prefix: string): RawConfig {
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  )
}

interface ParsedField {
  readonly value: ConfigValue | null
  readonly problems: readonly string[]
}

/** `names`: what the key is called where its value cannot be read, and where it is not allowed. */
function parseField(
  names: { readonly read: string; readonly checked: string },
  field: ConfigField,
  text: string | null | undefined,
): ParsedField {
  const problems: string[] = []
  let value: ConfigValue | null = null
  if (text === undefined) {
    value = defaultOf(field)
    if (isRequired(field)) problems.push(`Missing required configuration "${names.read}" which has no default value.`)
  } else if (text !== null) {
    const parsed = parsers[field.type](trim(text, upToSpace))
    if ('problem' in parsed) problems.push(invalid(names.read, text, parsed.problem))
    else value = parsed.value
  }
  // Connect runs the validator even where there is nothing to validate, and both errors count.
  const problem = value === null && field.options.optional ? undefined : findProblem(names.checked, field, value)
  if (problem !== undefined) problems.push(problem)
  if (text === null) problems.push(nullProblem)
  return { value, problems }
}

/** What Connect says of any key, declared or not, whose value is JSON's null. */
export const nullProblem = 'Null value can not be supplied as the configuration value.'

export function isRequired(field: ConfigField): boolean {
  return field.options.default === undefined && field.options.optional !== true
}

export function defaultOf(field: ConfigField): ConfigValue | null {
  const value = field.options.default as ConfigValue | undefined
  if (value === undefined) return null
  return field.type === 'PASSWORD' ? new Secret(value as string) : value
}

type Parsed = { readonly value: ConfigValue } | { readonly problem: string }

/** From trimmed text. */
const parsers: Readonly<Record<FieldType, (text: string) => Parsed>> = {
  STRING: value => ({ value }),
  CLASS: value => ({ value }),
  PASSWORD: text => ({ value: new Secret(text) }),
  BOOLEAN: parseBoolean,
  LIST: text => ({ value: text === '' ? [] : text.split(',').map(item => trim(item, regexBlank)) }),
  INT: text => parseInteger('INT', text, 32n),
  SHORT: text => parseInteger('SHORT', text, 16n),
  LONG: text => parseInteger('LONG', text, 64n),
  DOUBLE: parseDouble,
}

/** Java's String.trim takes everything up to U+0020; the `\s` around the commas of a list is six characters. */
const upToSpace = (char: string): boolean => char <= ' '
const regexBlank = (char: string): boolean => ' \t\n\v\f\r'.includes(char)

// Loops, not patterns: these texts come from outside, and a pattern that tries every blank anew can hold a thread for minutes.
function trim(text: string, isBlank: (char: string) => boolean): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charAt(from))) from++
  while (to > from && isBlank(text.charAt(to - 1))) to--
  return text.slice(from, to)
}

function parseBoolean(text: string): Parsed {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
  return { problem: 'Expected value to be either true or false' }
}

/** Leading zeros included; more is not a number anybody wrote. */
const longestInteger = 100
const maxLong = 2n ** 63n - 1n
const minLong = -(2n ** 63n)

function parseInteger(type: FieldType, text: string, bits: bigint): Parsed {
  const notANumber = { problem: `Not a number of type ${type}` }
  if (text.length > longestInteger || !/^[+-]?[0-9]+$/.test(text)) return notANumber
  const value = BigInt(text.replace('+', ''))
  if (value < -(2n ** (bits - 1n)) || value >= 2n ** (bits - 1n)) return notANumber
  // Long.MAX_VALUE is how configurations say "no limit"; any other number that would come out changed is refused.
  if (value === maxLong || value === minLong) return { value: Math.sign(Number(value)) * Number.MAX_SAFE_INTEGER }
  const number = Number(value)
  return Number.isSafeInteger(number) ? { value: number } : { problem: 'Value must be within ±9007199254740991' }
}

/** Double.parseDouble, without its hexadecimal form. */
function parseDouble(text: string): Parsed {
  if (!/^[+-]?(NaN|Infinity|([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[fFdD]?)$/.test(text))
    return { problem: 'Not a number of type DOUBLE' }
  return { value: Number(text.replace(/[fFdD]$/, '')) }
}
