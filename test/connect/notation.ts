import { readFileSync } from 'node:fs'
import { parseFields } from '../../src/core/config/parse.js'
import { createJsonDecoder } from '../../src/core/json/decode.js'
import { envelopeText } from '../../src/core/json/encode.js'
import { doubleText, floatText } from '../../src/core/json/number.js'
import type { Plugin } from '../../src/plugin/index.js'
import type { Schema } from '../../src/core/schema.js'
import { Decimal, Float64 } from '../../src/core/value.js'
import type { Value } from '../../src/core/value.js'
import type { ConverterPlugin, PredicatePlugin, TransformPlugin } from '../../src/plugin/define.js'

/** The notation of `test/fixtures/connect`: what Connect's own classes gave, case by case. */

export interface Described {
  readonly schema: string | null
  readonly value: string
}

const all = JSON.parse(readFileSync(new URL('../fixtures/connect/cases.json', import.meta.url), 'utf8')) as readonly ({
  readonly of: string
} & Record<string, unknown>)[]

/** What stands in the cases of each kind, as the fixture's Java program writes it. */
interface Cases {
  readonly double: NumberCase
  readonly float: NumberCase
  readonly decimal: { readonly in: string; readonly text: string; readonly bytes: string }
  readonly 'json-read': Partial<Described> & { readonly config: string; readonly in: string; readonly error?: string }
  readonly 'json-write': Partial<TextCase> & { readonly config: string; readonly in: string; readonly error?: string }
  readonly string: TextCase
  readonly 'header-read': Described & { readonly in: string }
  readonly 'header-write': TextCase
  readonly transform: TransformCase
  readonly predicate: PredicateCase
}

interface NumberCase {
  /** Hexadecimal, without leading zeros. */
  readonly bits: string
  readonly text: string
}

interface TextCase {
  readonly in: string
  readonly text: string | null
}

export interface StepCase {
  readonly class: string
  readonly config: string
  readonly kind: 'source' | 'bare' | 'stripped' | 'sink'
  readonly key: string
  readonly value: string
  readonly configError?: string
  readonly error?: string
}

export interface TransformCase extends StepCase {
  readonly result?: {
    readonly topic: string
    readonly key: Described
    readonly value: Described
    /** Absent where they are those that the record had. */
    readonly headers?: readonly ({ readonly key: string } & Described)[]
  } | null
}

export interface PredicateCase extends StepCase {
  readonly result?: boolean
}

/** The cases of one kind. */
export function casesOf<K extends keyof Cases>(kind: K): readonly Cases[K][] {
  return all.filter(of => of.of === kind) as unknown as readonly Cases[K][]
}

const decoder = createJsonDecoder({ cacheSize: 1000, replaceNullWithDefault: true })

/** An envelope stands for its schema and value. */
export function dataOf(envelope: string): { readonly schema: Schema | undefined; readonly value: Value } {
  return decoder.readEnvelope(envelope)
}

export function described(schema: Schema | undefined, value: Value): Described {
  return { schema: schema === undefined ? null : schemaJson(schema), value: describe(schema, value) }
}

/** The schema within an envelope around null, whatever the schema says of null. */
function schemaJson(schema: Schema): string {
  const text = envelopeText({ ...schema, optional: true, default: undefined }, null)
  const nullable = text.slice('{"schema":'.length, -',"payload":null}'.length)
  return restored(schema, nullable)
}

function restored(schema: Schema, nullable: string): string {
  if (schema.default !== undefined) {
    const text = envelopeText(schema, null)
    const standIn = envelopeText({ ...schema, default: undefined }, schema.default as Value)
    const payload = standIn.slice(standIn.lastIndexOf(',"payload":'))
    return text.slice('{"schema":'.length, text.length - payload.length)
  }
  if (schema.optional) return nullable
  const at = nullable.lastIndexOf('"optional":true')
  return `${nullable.slice(0, at)}"optional":false${nullable.slice(at + '"optional":true'.length)}`
}

/** A value with its Java type, map entries sorted. */
function describe(schema: Schema | undefined, value: Value): string {
  if (value === null) return 'null'
  if (value instanceof Float64) return `float64:${doubleText(value.value)}`
  if (typeof value === 'bigint') return `int64:${value}`
  if (typeof value === 'number') return describeNumber(schema, value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`
  if (value instanceof Decimal) return `decimal:${value.unscaled}e${value.scale}`
  if (value instanceof Date) return `date:${value.getTime()}`
  if (Array.isArray(value)) return `[${value.map(item => describe(schema?.items, item as Value)).join()}]`
  if (schema?.type === 'struct') {
    const struct = value as { readonly [field: string]: Value }
    const parts = (schema.fields ?? []).map(field => {
      const of = Object.hasOwn(struct, field.name) ? struct[field.name] : null
      return `${field.name}=${describe(field.schema, of ?? null)}`
    })
    return `Struct{${parts.join()}}`
  }
  const entries = (value instanceof Map ? [...value] : Object.entries(value)) as [Value, Value][]
  const parts = entries.map(([key, of]) => `${describe(schema?.keys, key)}=${describe(schema?.items, of ?? null)}`)
  return `{${parts.sort().join()}}`
}

function describeNumber(schema: Schema | undefined, value: number): string {
  if (schema?.type === 'float32') return `float32:${floatText(value)}`
  if (schema?.type === 'float64' || (schema === undefined && !Number.isInteger(value)))
    return `float64:${doubleText(value)}`
  return `${schema?.type ?? 'int64'}:${value}`
}

/** `a=1;b=2` as a configuration. */
export function rawConfig(text: string): Record<string, string> {
  const pairs = text.split(';').filter(pair => pair !== '')
  return Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** Finds a step by its class name and parses its configuration; throws all that is wrong with it as one text. */
export function configured<P extends ConverterPlugin | TransformPlugin | PredicatePlugin>(
  plugins: readonly Plugin[],
  kind: P['kind'],
  className: string,
  config: string,
): { readonly plugin: P; readonly values: Readonly<Record<string, unknown>> } {
  const plugin = plugins.find((of): of is Plugin & P => of.kind === kind && of.aliases?.includes(className) === true)
  if (plugin === undefined) throw new Error(`no ${kind} ${className}`)
  const told = kind === 'converter' ? { 'converter.type': 'value' } : {}
  const { values, issues } = parseFields(plugin.config, { ...told, ...rawConfig(config) })
  const problems = issues.length > 0 ? issues : (plugin.validate?.(values) ?? [])
  if (problems.length > 0) throw new Error(problems.map(problem => problem.message).join('\n'))
  return { plugin, values }
}

/** What a case came to: its result, or the message of what was thrown. */
export function outcome<T>(run: () => T): { readonly result: T } | { readonly error: string } {
  try {
    return { result: run() }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** Without a schema a number's width is not known here; in Java it is that of its class. */
export function loosely<T>(result: T): T {
  return JSON.parse(JSON.stringify(result ?? null), widen) as T
}

function widen(this: Partial<Described>, key: string, part: unknown): unknown {
  return key === 'value' && typeof part === 'string' && this.schema === null
    ? part.replace(/int(8|16|32):/g, 'int64:').replace(/float32:/g, 'float64:')
    : part
}
