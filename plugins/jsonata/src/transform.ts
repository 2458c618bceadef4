import {
  defineTransform,
  field,
  isStruct,
  kindOf,
  rejected,
  withParts,
  type AsyncTransform,
  type DataRecord,
  type Schema,
  type SchemaAndValue,
} from 'millrace/plugin'
import { compile, expressionFields } from './expression.js'
import { fitted } from './fit.js'
import { evaluateFor, headersFrom } from './record.js'
import { dataOf } from './result.js'

type SchemaPolicy = 'auto' | 'keep' | 'none'
type Parts = Partial<DataRecord>

export const jsonataTransform = defineTransform({
  name: 'jsonata',
  aliases: ['JSONata'],
  version: '1.0.0',
  summary: 'Makes a part of a record, or all of it, by a JSONata expression.',
  config: {
    ...expressionFields,
    target: field.string({
      doc: 'What the result becomes: the part of that name, or with `record` an object with any of value, key, topic, partition, timestamp and headers.',
      default: 'value',
      oneOf: ['value', 'key', 'topic', 'timestamp', 'headers', 'record'],
      importance: 'medium',
    }),
    schema: field.string({
      doc: 'Of a value or key that had a schema: `auto` keeps the schema where the result fits it and leaves it off elsewhere, `keep` fails records that do not fit, `none` leaves it off.',
      default: 'auto',
      oneOf: ['auto', 'keep', 'none'],
    }),
  },
  create(config): AsyncTransform {
    const expression = compile(config.expression, config['timeout.ms'])
    const { target, schema } = config
    return async record => {
      const result = await evaluateFor(expression, record)
      return withParts(record, partsOf(target, result, record, schema))
    }
  },
})

function partsOf(
  target: 'value' | 'key' | 'topic' | 'timestamp' | 'headers' | 'record',
  result: unknown,
  record: DataRecord,
  policy: SchemaPolicy,
): Parts {
  // Neither a tombstone nor a dropped record must come of a path that is not there.
  if (result === undefined)
    throw rejected(`The expression has no result for the ${target}.`, {
      code: 'jsonata.no_result',
      hint: 'Give null for a null; drop records with Filter and a predicate.',
    })
  if (target === 'record') return recordParts(result, record, policy)
  return part(target, result, record, policy)
}

function recordParts(result: unknown, record: DataRecord, policy: SchemaPolicy): Parts {
  if (!isStruct(result)) throw misshapen('record', result, 'an object')
  const parts: Parts[] = Object.entries(result).map(([name, given]) => {
    switch (name) {
      case 'value':
      case 'key':
      case 'topic':
      case 'partition':
      case 'timestamp':
      case 'headers':
        return given === undefined ? {} : part(name, given, record, policy)
      default:
        throw rejected(`A record has no part "${name}".`, {
          code: 'jsonata.misshapen',
          hint: 'The parts are value, key, topic, partition, timestamp and headers.',
        })
    }
  })
  return Object.assign({}, ...parts) as Parts
}

function part(
  name: 'value' | 'key' | 'topic' | 'partition' | 'timestamp' | 'headers',
  given: unknown,
  record: DataRecord,
  policy: SchemaPolicy,
): Parts {
  switch (name) {
    case 'value': {
      const { schema, value } = typed(given, record.valueSchema, policy)
      return { value, valueSchema: schema }
    }
    case 'key': {
      const { schema, value } = typed(given, record.keySchema, policy)
      return { key: value, keySchema: schema }
    }
    case 'topic':
      if (typeof given !== 'string' || given === '') throw misshapen(name, given, 'a text that is not empty')
      return { topic: given }
    case 'partition':
      if (!isWhole(given)) throw misshapen(name, given, 'a whole number from 0')
      return { kafkaPartition: given }
    case 'timestamp':
      if (given !== null && !isWhole(given)) throw misshapen(name, given, 'whole milliseconds, or null')
      return { timestamp: given }
    case 'headers':
      if (!isStruct(given)) throw misshapen(name, given, 'an object')
      return { headers: headersFrom(given, record.headers ?? [], value => dataOf(value, 'A header')) }
  }
}

function typed(given: unknown, schema: Schema | undefined, policy: SchemaPolicy): SchemaAndValue {
  if (schema === undefined || policy === 'none') return { value: dataOf(given) }
  const fit = fitted(schema, given)
  if ('value' in fit) return { schema, value: fit.value }
  if (policy === 'auto') return { value: dataOf(given) }
  throw rejected(`The result does not fit the schema: ${fit.misfit}.`, { code: 'jsonata.schema_misfit' })
}

const isWhole = (given: unknown): given is number => Number.isSafeInteger(given) && (given as number) >= 0

function misshapen(name: string, given: unknown, expected: string): Error {
  return rejected(`The ${name} is to be ${expected}, not ${kindOf(given)}.`, { code: 'jsonata.misshapen' })
}
