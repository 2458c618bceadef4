import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFormat } from '../../src/json/format.js'
import { samples } from '../arbitrary.js'
import { jsonConfig } from './config.js'

let made = 0
const names = () => `some.Struct${made++}`

test.each(['BASE64', 'NUMERIC'])('any data comes back as it went, decimals as %s', format => {
  const json = jsonFormat(jsonConfig({ 'decimal.format': format }))
  fc.assert(
    fc.property(samples({ names }), ({ schema, value }) => {
      const { text } = json.describe(schema)
      const registered = { kind: 'JSON' as const, text, references: [], imports: [] }
      const bytes = json.writer(schema, registered)(value, 7)
      expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 7])
      const back = json.reader(registered, undefined, undefined)(bytes)
      expect(back.schema).toEqual(schema)
      expect(back.value).toEqual(value)
      JSON.parse(bytes.toString('utf8', 5))
    }),
    { numRuns: 120 },
  )
})

test('whatever is written is what its own JSON Schema allows', () => {
  const strict = jsonFormat(jsonConfig({ 'json.fail.invalid.schema': true, 'object.additional.properties': false }))
  // NaN is text, and a oneOf of numbers alone is none.
  fc.assert(
    fc.property(samples({ names, without: ['float specials'] }), ({ schema, value }) => {
      const { text } = strict.describe(schema)
      const registered = { kind: 'JSON' as const, text, references: [], imports: [] }
      strict.reader(registered, undefined, undefined)(strict.writer(schema, registered)(value, 7))
    }),
    { numRuns: 60 },
  )
})
