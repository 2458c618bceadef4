import { expect, test } from 'vitest'
import plugins from '@millrace/transforms'
import type { DataRecord, Header } from '../../src/core/record.js'
import { schema } from '../../src/core/schema.js'
import type { PredicatePlugin, TransformPlugin } from '../../src/plugin/define.js'
import type { Predicate, Transform } from '../../src/plugin/step.js'
import { casesOf, configured, dataOf, described, loosely, outcome } from './notation.js'
import type { PredicateCase, StepCase, TransformCase } from './notation.js'

const prefix = 'org.apache.kafka.connect.transforms.'

const string = schema.string()
const given: readonly Header[] = ['1', '2'].map(value => ({ key: 'trace', value, schema: string }))

/** The record that the fixture's Java program made: of topic `orders`, with partition and timestamp unless `bare`, its value without schema where `stripped`. */
function recordOf(of: StepCase): DataRecord {
  const key = dataOf(of.key)
  const value = dataOf(of.value)
  return {
    topic: 'orders',
    key: key.value,
    keySchema: key.schema,
    value: value.value,
    valueSchema: of.kind === 'stripped' ? undefined : value.schema,
    headers: given,
    ...(of.kind !== 'bare' && { kafkaPartition: 3, timestamp: 1600000000123 }),
    ...(of.kind === 'sink' && { kafkaOffset: 42 }),
  }
}

function transformed(of: TransformCase): TransformCase['result'] {
  const { plugin, values } = configured<TransformPlugin>(plugins, 'transform', prefix + of.class, of.config)
  const result = (plugin.create(values) as Transform)(recordOf(of))
  return (
    result && {
      topic: result.topic,
      key: described(result.keySchema, result.key ?? null),
      value: described(result.valueSchema, result.value),
      ...(!sameHeaders(result.headers) && { headers: (result.headers ?? []).map(describedHeader) }),
    }
  )
}

const sameHeaders = (headers: readonly Header[] = []): boolean =>
  headers.length === given.length && headers.every((header, at) => header === given[at])

const describedHeader = ({ key, schema, value }: Header) => ({ key, ...described(schema, value) })

function tested(of: PredicateCase): boolean {
  const { plugin, values } = configured<PredicatePlugin>(
    plugins,
    'predicate',
    `${prefix}predicates.${of.class}`,
    of.config,
  )
  return (plugin.create(values) as Predicate)(recordOf(of))
}

const right = (of: StepCase): boolean => of.error === undefined && of.configError === undefined
/** These classes drop what stands in a list twice; Connect's validation, which comes before them, refuses it. */
const isRefusedBefore = ({ config }: StepCase): boolean => config === 'fields=a,a'
const transforms = casesOf('transform').filter(of => !isRefusedBefore(of))
const predicates = casesOf('predicate')

/** Java's words, without those that name Java's classes or its regular expressions. */
function said(error: string): string {
  return error
    .replace(/^Invalid value .*? for configuration ([\w.]+: |(?=Invalid type|TimestampConverter))/s, '')
    .replace(
      /(?<=found: |static field: |on record: ).*$|Invalid regex: .*$|Invalid Java object for schema .*$|class (java|org\.apache|\[B).*$/s,
      '',
    )
}

test.each(transforms.filter(right))('$class $config on a $kind record of $key, $value', of => {
  expect(loosely(transformed(of))).toEqual(loosely(of.result))
})

test.each(transforms.filter(of => !right(of)))('$class $config refuses $value: $error$configError', of => {
  const got = outcome(() => transformed(of))
  expect(got).toEqual({ error: expect.stringContaining(said(of.error ?? of.configError ?? '')) as string })
})

test('what validation refuses before does not get here', () => {
  const refused = casesOf('transform').filter(isRefusedBefore)
  expect(refused.map(({ class: name }) => name)).toEqual(['ValueToKey', 'MaskField$Value'])
  for (const of of refused) expect(outcome(() => transformed(of))).toHaveProperty('error')
})

test.each(predicates.filter(right))('$class $config on $value', of => {
  expect(tested(of)).toBe(of.result)
})

test.each(predicates.filter(of => !right(of)))('$class refuses $config', of => {
  const got = outcome(() => tested(of))
  expect(got).toEqual({ error: expect.stringContaining(said(of.configError ?? '')) as string })
})
