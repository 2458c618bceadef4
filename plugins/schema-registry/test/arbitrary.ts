import fc from 'fast-check'
import { Decimal, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'

/** Any schema that every format can express, with data of it. */
export interface Sample {
  readonly schema: Schema
  readonly value: Value
}

/** Leaves out what one format has no words for. */
export interface Limits {
  /** Names of structs are unique within one schema. */
  readonly names: () => string
  readonly without?: readonly ('map keys' | 'odd keys' | 'nested collections' | 'optional items' | 'float specials')[]
}

const has = (limits: Limits, what: NonNullable<Limits['without']>[number]): boolean =>
  !(limits.without ?? []).includes(what)

const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(big => {
    const number = Number(big)
    return Number.isSafeInteger(number) ? number : big
  }),
)

function leaf(
  limits: Limits,
): fc.Arbitrary<readonly [(options: { optional: boolean }) => Schema, fc.Arbitrary<Value>]> {
  const specials = has(limits, 'float specials')
  return fc.constantFrom<readonly [(options: { optional: boolean }) => Schema, fc.Arbitrary<Value>]>(
    [schema.int8, fc.integer({ min: -128, max: 127 })],
    [schema.int16, fc.integer({ min: -32_768, max: 32_767 })],
    [schema.int32, fc.integer()],
    [schema.int64, int64],
    [schema.float32, fc.float({ noNaN: !specials, noDefaultInfinity: !specials })],
    [schema.float64, fc.double({ noNaN: !specials, noDefaultInfinity: !specials })],
    [schema.boolean, fc.boolean()],
    [schema.string, fc.string({ unit: 'binary' })],
    [schema.bytes, fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))],
    [schema.date, fc.integer({ min: -100_000, max: 100_000 }).map(days => new Date(days * 86_400_000))],
    [schema.time, fc.integer({ min: 0, max: 86_399_999 }).map(ms => new Date(ms))],
    [schema.timestamp, fc.integer({ min: -(10 ** 14), max: 10 ** 14 }).map(ms => new Date(ms))],
    [
      options => schema.decimal(3, options),
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(unscaled => new Decimal(unscaled, 3)),
    ],
  )
}

function optional(value: fc.Arbitrary<Value>, isOptional: boolean): fc.Arbitrary<Value> {
  return isOptional ? fc.option(value, { nil: null, freq: 4 }) : value
}

/** Schemas together with how data of them is made. */
export function samples(limits: Limits): fc.Arbitrary<Sample> {
  return struct(limits, 3).chain(([of, values]) => values.map(value => ({ schema: of, value })))
}

type Made = readonly [Schema, fc.Arbitrary<Value>]

function any(limits: Limits, depth: number, mayBeOptional: boolean, inCollection: boolean): fc.Arbitrary<Made> {
  const isOptional = mayBeOptional ? fc.boolean() : fc.constant(false)
  const plain = fc
    .tuple(leaf(limits), isOptional)
    .map(([[make, value], opt]): Made => [make({ optional: opt }), optional(value, opt)])
  if (depth === 0) return plain
  const items = (): fc.Arbitrary<Made> => any(limits, depth - 1, has(limits, 'optional items'), true)
  const array = fc
    .tuple(items(), isOptional)
    .map(([[of, value], opt]): Made => [
      schema.array(of, { optional: opt }),
      optional(fc.array(value, { maxLength: 4 }), opt),
    ])
  // Some libraries keep maps in objects, which sort numbers and lose `__proto__`.
  const text = has(limits, 'odd keys')
    ? fc.oneof(fc.string(), fc.constantFrom('__proto__', '1', 'constructor'))
    : fc.string().map(key => `k${key}`)
  const key = has(limits, 'map keys')
    ? fc.constantFrom<Made>([schema.string(), text], [schema.int32(), fc.integer()])
    : fc.constant<Made>([schema.string(), text])
  const map = fc.tuple(key, items(), isOptional).map(([[keys, keyValue], [of, value], opt]): Made => [
    schema.map(keys, of, { optional: opt }),
    optional(
      fc.array(fc.tuple(keyValue, value), { maxLength: 4 }).map(entries => new Map(entries)),
      opt,
    ),
  ])
  const nested = struct(limits, depth - 1, mayBeOptional)
  return inCollection && !has(limits, 'nested collections')
    ? fc.oneof(plain, plain, nested)
    : fc.oneof(plain, plain, nested, array, map)
}

const fieldNames = ['id', 'note', 'constructor', 'Value_2', 'x', 'items']

function struct(limits: Limits, depth: number, mayBeOptional = false): fc.Arbitrary<Made> {
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...fieldNames), { minLength: 1, maxLength: 4 }),
      fc.array(any(limits, depth, true, false), { minLength: 4, maxLength: 4 }),
      mayBeOptional ? fc.boolean() : fc.constant(false),
    )
    .map(([fields, parts, opt]): Made => {
      const of = schema.struct(
        fields.map((name, index) => ({ name, schema: parts[index]![0] })),
        { name: limits.names(), optional: opt },
      )
      const value = fc
        .tuple(...fields.map((_, index) => parts[index]![1]))
        .map(values => Object.fromEntries(fields.map((name, index) => [name, values[index]!])))
      return [of, optional(value, opt)]
    })
}
