import { describe, expect, it } from 'vitest'
import { configDef, configValues, sortedFields } from '../../../src/core/config/config-def.js'
import { field } from '../../../src/core/config/field.js'
import { parseFields } from '../../../src/core/config/parse.js'

const fields = {
  file: field.string({ doc: 'File to read.', importance: 'high' }),
  'poll.ms': field.long({ doc: 'Pause.', default: 100, min: 1, group: 'Reading', width: 'short', displayName: 'Poll' }),
  tables: field.list({ doc: 'Tables.', default: [], group: 'Reading', dependents: ['file'] }),
  password: field.password({ doc: 'Password.', default: '', importance: 'low' }),
  ratio: field.double({ doc: 'Ratio.', default: 1 }),
  mode: field.string({ doc: 'Mode.', optional: true, oneOf: ['bulk', 'stream'], group: 'Other', order: 7 }),
}

it('puts keys of a plugin into a larger configuration in the order of ConfigDef.embed', () => {
  const doc = 'x'
  const fields = {
    last: field.string({ doc, group: 'B', optional: true }),
    z: field.string({ doc, optional: true, importance: 'low' }),
    b: field.string({ doc, optional: true, importance: 'high' }),
    a: field.string({ doc, optional: true, importance: 'high' }),
    y: field.string({ doc, importance: 'low' }),
    second: field.string({ doc, group: 'A', order: 2, optional: true }),
    first: field.string({ doc, group: 'A', order: 1, optional: true, importance: 'low' }),
  }
  expect(Object.keys(sortedFields(fields))).toEqual(['y', 'a', 'b', 'z', 'last', 'first', 'second'])
})

describe('configDef', () => {
  it("has the eleven fields of Connect's ConfigKeyInfo, in its order and forms", () => {
    const [file, pollMs, tables, password, ratio, mode] = configDef(fields)
    expect(JSON.stringify(file)).toBe(
      '{"name":"file","type":"STRING","required":true,"default_value":null,"importance":"HIGH","documentation":"File to read.","group":null,"order_in_group":-1,"width":"NONE","display_name":"file","dependents":[]}',
    )
    expect(pollMs).toMatchObject({
      type: 'LONG',
      required: false,
      default_value: '100',
      group: 'Reading',
      order_in_group: 1,
      width: 'SHORT',
      display_name: 'Poll',
      importance: 'MEDIUM',
    })
    expect(tables).toMatchObject({ default_value: '', order_in_group: 2, dependents: ['file'] })
    expect(password).toMatchObject({ default_value: '[hidden]', importance: 'LOW' })
    expect(ratio).toMatchObject({ default_value: '1.0' })
    expect(mode).toMatchObject({ required: false, default_value: null, group: 'Other', order_in_group: 7 })
  })

  it('embeds keys under a prefix and a group, as Connect does for transforms', () => {
    const embedded = configDef(fields, { prefix: 'transforms.a.', group: 'Transforms: a', startingOrder: 4 })
    expect(embedded.map(({ name, group, order_in_group }) => [name, group, order_in_group]).slice(0, 3)).toEqual([
      ['transforms.a.file', 'Transforms: a', 4],
      ['transforms.a.poll.ms', 'Transforms: a: Reading', 5],
      ['transforms.a.tables', 'Transforms: a: Reading', 6],
    ])
    expect(embedded[2]).toMatchObject({ display_name: 'tables', dependents: ['transforms.a.file'] })
  })
})

describe('configValues', () => {
  it('shows text forms, hides secrets, and gives each key its errors', () => {
    const raw = { 'poll.ms': 'soon', tables: 'a, b', password: 'hush', ratio: '1e10', mode: 'bulk' }
    const { values, issues } = parseFields(fields, raw)
    const shown = configValues(fields, values, [...issues, { key: 'tables', message: 'No table b.' }])
    expect(shown.map(({ name, value, errors }) => [name, value, errors])).toEqual([
      ['file', null, ['Missing required configuration "file" which has no default value.']],
      [
        'poll.ms',
        null,
        [
          'Invalid value soon for configuration poll.ms: Not a number of type LONG',
          'Invalid value null for configuration poll.ms: Value must be non-null',
        ],
      ],
      ['tables', 'a,b', ['No table b.']],
      ['password', '[hidden]', []],
      ['ratio', '1.0E10', []],
      ['mode', 'bulk', []],
    ])
    expect(JSON.stringify(shown[3])).toBe(
      '{"name":"password","value":"[hidden]","recommended_values":[],"errors":[],"visible":true}',
    )
  })

  it('offers the values that a key allows, and what the caller knows besides', () => {
    const recommended = (key: string): readonly string[] => (key === 'a.file' ? ['x.txt'] : [])
    const shown = configValues(fields, {}, [], { prefix: 'a.', recommended })
    expect(Object.fromEntries(shown.map(value => [value.name, value.recommended_values]))).toMatchObject({
      'a.file': ['x.txt'],
      'a.mode': ['bulk', 'stream'],
      'a.tables': [],
    })
  })
})
