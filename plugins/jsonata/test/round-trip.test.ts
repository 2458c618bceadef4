import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decimal, schema, withSchema, type AsyncTransform, type Schema, type Value } from 'millrace/plugin'
import { jsonataTransform } from '../src/transform.js'

interface Typed {
  readonly of: Schema
  readonly value: Value
}

const whole = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const long = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map(value => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const finite = { noNaN: true, noDefaultInfinity: true } as const
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([unscaled, scale]): Typed => ({ of: schema.decimal(scale), value: new Decimal(unscaled, scale) }))

const leaf: fc.Arbitrary<Typed> = fc.oneof(
  whole(8).map(value => ({ of: schema.int8(), value })),
  whole(32).map(value => ({ of: schema.int32(), value })),
  long.map(value => ({ of: schema.int64(), value })),
  fc.float(finite).map(value => ({ of: schema.float32(), value })),
  fc.double(finite).map(value => ({ of: schema.float64(), value })),
  fc.boolean().map(value => ({ of: schema.boolean(), value })),
  fc.string({ unit: 'binary' }).map(value => ({ of: schema.string(), value })),
  fc.uint8Array().map(value => ({ of: schema.bytes(), value: Buffer.from(value) })),
  fc.date({ noInvalidDate: true }).map(value => ({ of: schema.timestamp(), value })),
  fc.integer({ min: -100_000, max: 100_000 }).map(day => ({ of: schema.date(), value: new Date(day * 86_400_000) })),
  fc.integer({ min: 0, max: 86_399_999 }).map(ms => ({ of: schema.time(), value: new Date(ms) })),
  decimal,
)

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'length', '$'),
)
const { typed } = fc.letrec<{ typed: Typed; optional: Typed }>(tie => ({
  optional: fc
    .tuple(tie('typed'), fc.boolean())
    .map(([{ of, value }, isNull]) => ({ of: withSchema(of, { optional: true }), value: isNull ? null : value })),
  typed: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie('typed').map(({ of, value }) => ({ of: schema.array(of), value: [value, value] })),
    fc
      .tuple(name, tie('typed'))
      .map(([key, { of, value }]) => ({ of: schema.map(schema.string(), of), value: new Map([[key, value]]) })),
    fc.uniqueArray(fc.tuple(name, tie('optional')), { selector: ([field]) => field, maxLength: 4 }).map(fields => ({
      of: schema.struct(fields.map(([field, { of }]) => ({ name: field, schema: of }))),
      value: Object.fromEntries(fields.map(([field, { value }]) => [field, value])),
    })),
  ),
}))

test.each(['$', '$value', '($x := $; $x)'])(
  'what %s hands on comes back as it was, whatever its schema',
  async expression => {
    const apply = jsonataTransform.create({
      expression,
      target: 'value',
      schema: 'keep',
      'timeout.ms': 1_000,
    }) as AsyncTransform
    await fc.assert(
      fc.asyncProperty(typed, async ({ of, value }) => {
        const made = await apply({ topic: 't', value, valueSchema: of })
        expect(made).toMatchObject({ valueSchema: of })
        expect(made!.value).toEqual(value)
      }),
    )
  },
)
