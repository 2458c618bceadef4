import type { DataRecord, Header, SinkRecord, SourceRecord, Value } from 'millrace/plugin'
import { variables, type Expression } from './expression.js'
import { plainOf } from './plain.js'

const readers: Readonly<Record<(typeof variables)[number], (record: DataRecord) => unknown>> = {
  value: record => plainOf(record.value),
  key: record => plainOf(record.key ?? null),
  topic: record => record.topic,
  partition: record => record.kafkaPartition ?? null,
  offset: offsetOf,
  timestamp: record => record.timestamp ?? null,
  headers: record => headersOf(record.headers ?? []),
}

/** Evaluates an expression for a record. */
export function evaluateFor(expression: Expression, record: DataRecord): Promise<unknown> {
  const bindings: Record<string, unknown> = {}
  for (const name of variables) if (expression.uses.has(name)) bindings[name] = readers[name](record)
  return expression.evaluate(plainOf(record.value), bindings)
}

/** Of sinks the offset in the topic; of sources what the source stores. */
function offsetOf(record: DataRecord): unknown {
  const { kafkaOffset } = record as Partial<SinkRecord>
  return kafkaOffset ?? (record as SourceRecord).offset ?? null
}

/** By name: the value, or a list where there are several of that name. */
export function headersOf(headers: readonly Header[]): object {
  const values = new Map<string, unknown[]>()
  for (const { key, value } of headers) {
    const plain = plainOf(value)
    const list = values.get(key)
    if (list) list.push(plain)
    else values.set(key, [plain])
  }
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.length === 1 && !Array.isArray(list[0]) ? list[0] : list]),
  )
}

/** The way back. A header that is still what it was keeps its schema. */
export function headersFrom(
  given: Readonly<Record<string, unknown>>,
  before: readonly Header[],
  toValue: (value: unknown) => Value,
): readonly Header[] {
  const left = [...before]
  return Object.entries(given).flatMap(([key, values]) =>
    (Array.isArray(values) ? (values as readonly unknown[]) : [values]).map(value => {
      const at = left.findIndex(header => header.key === key && same(plainOf(header.value), value))
      return at < 0 ? { key, value: toValue(value) } : left.splice(at, 1)[0]!
    }),
  )
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
