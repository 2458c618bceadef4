import fc from 'fast-check'
import protobuf from 'protobufjs'
import type { Schema, Struct, Value } from 'millrace/plugin'
import { expect, test } from 'vitest'
import { protobufFormat } from '../../src/protobuf/format.js'
import { knownFiles } from '../../src/protobuf/known-files.js'
import { samples } from '../arbitrary.js'
import { protobufConfig } from './config.js'

let made = 0
const names = () => `some.Struct${made++}`
const limits = { names, without: ['optional items', 'nested collections'] } as const

/** What Protobuf makes of data: a list or map that is not there is an empty one, and so is a scalar without presence. */
function asRead(schema: Schema, value: Value, keepsNull: boolean): Value {
  if (schema.type === 'array') return ((value ?? []) as Value[]).map(item => asRead(schema.items!, item, keepsNull))
  if (schema.type === 'map') {
    const entries = [...((value ?? new Map()) as ReadonlyMap<Value, Value>)]
    return new Map(entries.map(([key, of]) => [key, asRead(schema.items!, of, keepsNull)]))
  }
  if (schema.type === 'struct' && value !== null)
    return Object.fromEntries(
      schema.fields!.map(({ name, schema: of }) => [name, asRead(of, (value as Struct)[name] ?? null, keepsNull)]),
    )
  if (value !== null || keepsNull || schema.name !== undefined) return value
  const defaults: Readonly<Record<string, Value>> = { string: '', bytes: Buffer.alloc(0), boolean: false }
  return defaults[schema.type] ?? 0
}

test.each([
  ['by default', {}, false],
  ['optional.for.nullables', { 'optional.for.nullables': true }, true],
  ['wrapper.for.nullables', { 'wrapper.for.nullables': true }, true],
])('any data comes back as it went: %s', (_, given, keepsNull) => {
  const format = protobufFormat(protobufConfig(given))
  fc.assert(
    fc.property(samples(limits), ({ schema, value }) => {
      const { text } = format.describe(schema)
      const registered = { kind: 'PROTOBUF' as const, text, references: [], imports: [] }
      const bytes = format.writer(schema, registered)(value, 7)
      expect([...bytes.subarray(0, 6)]).toEqual([0, 0, 0, 0, 7, 0])
      const read = format.reader(registered, undefined, undefined)(bytes)
      expect(read.value).toEqual(asRead(schema, value, keepsNull))
      // What was read can be written by the schema made of its own, and says the same.
      const again = { ...registered, text: format.describe(read.schema).text }
      const rewritten = format.writer(read.schema, again)(read.value, 7)
      expect(format.reader(again, undefined, undefined)(rewritten).value).toEqual(read.value)
    }),
    { numRuns: 60 },
  )
})

test('the library’s own decoder reads what is written', () => {
  const format = protobufFormat(protobufConfig())
  fc.assert(
    fc.property(samples(limits), ({ schema, value }) => {
      const { text, recordName } = format.describe(schema)
      const bytes = format.writer(schema, { kind: 'PROTOBUF', text, references: [], imports: [] })(value, 7)
      const root = new protobuf.Root()
      for (const file of Object.values(knownFiles)) protobuf.parse(file, root)
      protobuf.parse(text, root, { keepCase: true })
      const type = root.lookupType(recordName!)
      expect(type.verify(type.decode(bytes.subarray(6)))).toBeNull()
    }),
    { numRuns: 60 },
  )
})
