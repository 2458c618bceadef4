import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { AsyncPredicate, AsyncTransform, DataRecord } from 'millrace/plugin'
import { jsonataPredicate } from '../src/predicate.js'
import { jsonataTransform } from '../src/transform.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/```properties\n([\s\S]*?)```/g)].map(([, block]) =>
  Object.fromEntries(
    block!
      .trim()
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  ),
)
const record: DataRecord = {
  topic: 'orders',
  value: {
    id: 7,
    price: 1.005,
    qty: 3,
    region: 'EU',
    password: 'x',
    customer: { id: 'c1', name: 'Ann' },
    createdAt: '2026-11-26T00:00:00Z',
    note: 'card 1234567890123456.',
    payload: '{"a": [1, 2]}',
    op: 'u',
    after: { b: 1 },
    status: 'test',
  },
  headers: [{ key: 'env', value: 'prod' }],
}

/** By the alias of the example: what it makes of the record. */
const expected: Readonly<Record<string, Partial<DataRecord> | boolean>> = {
  total: { value: { ...(record.value as object), total: 3.0149999999999997 } },
  shape: { value: { orderId: 7, customer: 'Ann', total: 3.01 } },
  slim: { value: Object.fromEntries(Object.entries(record.value as object).filter(([name]) => name !== 'password')) },
  route: { topic: 'orders-eu' },
  keyed: {
    key: 'c1',
    headers: [
      { key: 'env', value: 'prod' },
      { key: 'origin', value: 'orders' },
    ],
  },
  unwrap: { value: { b: 1 } },
  time: { timestamp: Date.parse('2026-11-26T00:00:00Z') },
  mask: { value: { ...(record.value as object), note: 'card ****3456.' } },
  parse: { value: { a: [1, 2] } },
  drop: true,
}

test('the README has the examples that are tested here', () => {
  expect(blocks.map(block => block['transforms'])).toEqual(Object.keys(expected))
})

test.each(Object.keys(expected))('the example %s does what it says', async alias => {
  const block = blocks.find(of => of['transforms'] === alias)!
  const predicate = block['predicates.test.expression']
  if (predicate !== undefined) {
    const test = jsonataPredicate.create({ expression: predicate, 'timeout.ms': 1_000 }) as AsyncPredicate
    return expect(await test(record)).toBe(expected[alias])
  }
  expect(block[`transforms.${alias}.type`]).toBe('JSONata')
  const config = {
    expression: block[`transforms.${alias}.expression`],
    target: block[`transforms.${alias}.target`] ?? 'value',
    schema: 'auto',
    'timeout.ms': 1_000,
  }
  const made = await (jsonataTransform.create(config) as AsyncTransform)(record)
  expect(made).toMatchObject(expected[alias] as object)
  if ('value' in (expected[alias] as object)) expect(made?.value).toEqual((expected[alias] as DataRecord).value)
})
