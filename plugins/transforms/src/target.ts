import { withKey, withValue } from 'millrace/plugin'
import type { DataRecord, Schema, TransformPlugin, Value } from 'millrace/plugin'

/** Which half of a record a transform works on: Connect has a class for each. */
export interface Target {
  readonly title: 'Key' | 'Value'
  schemaOf(record: DataRecord): Schema | undefined
  valueOf(record: DataRecord): Value
  replace<R extends DataRecord>(record: R, schema: Schema | undefined, value: Value): R
}

const key: Target = {
  title: 'Key',
  schemaOf: record => record.keySchema,
  valueOf: record => record.key ?? null,
  replace: withKey,
}

const value: Target = {
  title: 'Value',
  schemaOf: record => record.valueSchema,
  valueOf: record => record.value ?? null,
  replace: withValue,
}

/** The two plugins of a transform that has a `$Key` and a `$Value` class. */
export function forKeyAndValue(define: (target: Target) => TransformPlugin): readonly TransformPlugin[] {
  return [define(key), define(value)]
}

const prefix = 'org.apache.kafka.connect.transforms.'

/** Name and class name of one half of a transform: `insert-field-value`, `…InsertField$Value`. */
export function namesOf(
  className: string,
  target: Target,
): { readonly name: string; readonly aliases: readonly string[] } {
  return {
    name: `${kebab(className)}-${target.title.toLowerCase()}`,
    aliases: [`${prefix}${className}$${target.title}`],
  }
}

/** Name and class names of a transform that works on whole records. */
export function nameOf(className: string, folder = ''): { readonly name: string; readonly aliases: readonly string[] } {
  return { name: kebab(className), aliases: [`${prefix}${folder}${className}`, className] }
}

function kebab(className: string): string {
  return className.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
}
