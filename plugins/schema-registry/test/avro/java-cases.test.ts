import { readFileSync } from 'node:fs'
import { createJsonDecoder, isStruct } from 'millrace/plugin'
import type { SchemaAndValue, Value } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import { avroFormat } from '../../src/avro/format.js'
import { avroConfig } from './config.js'

/** What Java's AvroData answered (test/fixtures/avro). */
interface Case {
  readonly name: string
  readonly config?: Readonly<Record<string, unknown>>
  /** Connect's data as an envelope of JsonConverter; absent where the case begins with Avro. */
  readonly data?: unknown
  readonly avro: string
  /** Hexadecimal, without the header. */
  readonly bytes: string
  readonly back: unknown
}

const lines = readFileSync(new URL('../../../../test/fixtures/avro/cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const cases = lines.map(line => ({ line, case: JSON.parse(line) as Case }))
const decoder = createJsonDecoder({ cacheSize: 1, replaceNullWithDefault: false })

/** An envelope as it stands in a line: parsed and written again it would lose what JSON numbers can say. */
function envelope(line: string, key: 'data' | 'back'): SchemaAndValue {
  const start = line.indexOf(`"${key}":{`) + key.length + 3
  const end = key === 'back' ? line.length - 1 : line.indexOf(',"avro":')
  return decoder.readEnvelope(line.slice(start, end))
}
const resolved = (text: string) => ({ kind: 'AVRO' as const, text, references: [], imports: [] })

/** A field that is absent is null. */
function withoutNulls(value: Value): unknown {
  if (Array.isArray(value)) return (value as readonly Value[]).map(withoutNulls)
  if (!isStruct(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, of]) => (of === null || of === undefined ? [] : [[name, withoutNulls(of)]])),
  )
}

describe('what Java’s AvroData makes of Connect’s data', () => {
  test.each(cases.filter(({ case: { data } }) => data !== undefined))('$case.name', ({ line, case: of }) => {
    const format = avroFormat(avroConfig(of.config))
    const { schema, value } = envelope(line, 'data')
    expect(format.describe(schema).text).toBe(of.avro)
    expect(format.writer(schema, resolved(of.avro))(value, 1).toString('hex', 5)).toBe(of.bytes)
  })
})

describe('what Java’s AvroData makes of Avro', () => {
  test.each(cases)('$case.name', ({ line, case: of }) => {
    const format = avroFormat(avroConfig(of.config))
    const version = of.data === undefined ? 3 : undefined
    const bytes = Buffer.concat([Buffer.alloc(5), Buffer.from(of.bytes, 'hex')])
    const { schema, value } = format.reader(resolved(of.avro), undefined, version)(bytes)
    const expected = envelope(line, 'back')
    expect(schema).toEqual(expected.schema)
    expect(withoutNulls(value)).toEqual(withoutNulls(expected.value))
  })
})
