import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { field, Secret, type ConfigField } from '../../../src/core/config/field.js'
import { nullProblem, parseFields, subset } from '../../../src/core/config/parse.js'
import { valueText, type ConfigValue } from '../../../src/core/config/value-text.js'

interface JavaCase {
  readonly field: string
  readonly given?: string | null
  readonly value: string | null
  readonly errors: readonly string[]
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/config/parse-fields.json', import.meta.url), 'utf8'),
) as readonly JavaCase[]

const doc = 'x'
const fields: Readonly<Record<string, ConfigField>> = {
  'BOOLEAN required': field.boolean({ doc }),
  'STRING required': field.string({ doc }),
  'INT required': field.int({ doc }),
  'SHORT required': field.short({ doc }),
  'LONG required': field.long({ doc }),
  'DOUBLE required': field.double({ doc }),
  'LIST required': field.list({ doc }),
  'PASSWORD required': field.password({ doc }),
  'INT 1..10 required': field.int({ doc, min: 1, max: 10 }),
  'INT 1.. default 5': field.int({ doc, min: 1, default: 5 }),
  'DOUBLE 0.5..2 default 1': field.double({ doc, min: 0.5, max: 2, default: 1 }),
  'STRING none|all default none': field.string({ doc, oneOf: ['none', 'all'], default: 'none' }),
  'STRING none|all required': field.string({ doc, oneOf: ['none', 'all'] }),
  'STRING nonEmpty required': field.string({ doc, nonEmpty: true }),
  'LIST unique default empty': field.list({ doc, unique: true, default: [] }),
  'LIST unique nonEmpty required': field.list({ doc, unique: true, nonEmpty: true }),
  'LIST unique a|b default empty': field.list({ doc, unique: true, itemOneOf: ['a', 'b'], default: [] }),
  'LIST unique nonEmpty a|b required': field.list({ doc, unique: true, nonEmpty: true, itemOneOf: ['a', 'b'] }),
}

const messages = (of: ConfigField, raw: Readonly<Record<string, string | null>>): readonly string[] =>
  parseFields({ k: of }, raw).issues.map(issue => issue.message)

describe('parseFields', () => {
  it("takes, refuses and words everything as Kafka's ConfigDef does", () => {
    expect(new Set(fixture.map(row => row.field))).toEqual(new Set(Object.keys(fields)))
    const parsed = fixture.map(({ field: declared, given }) => {
      const of = fields[declared] ?? field.string({ doc })
      const { values, issues } = parseFields({ k: of }, given === undefined ? {} : { k: given })
      return {
        field: declared,
        ...(given !== undefined && { given }),
        value: valueText(of, values.k as ConfigValue | undefined),
        // Connect's herder, not ConfigDef, refuses null; here it is one step.
        errors: issues.map(issue => issue.message).filter(message => message !== nullProblem),
      }
    })
    expect(parsed).toEqual(fixture)
  })

  it('reads hostile texts of a megabyte in passing', () => {
    const long = 500_000
    const texts = [
      `a${' '.repeat(long)}b`,
      `${'1'.repeat(long)}x`,
      '1'.repeat(long),
      `${'0'.repeat(long)}.x`,
      ','.repeat(long),
    ]
    const from = performance.now()
    const parsed = texts.flatMap(text => Object.values(fields).map(of => parseFields({ k: of }, { k: text })))
    expect(parsed.length).toBe(texts.length * Object.keys(fields).length)
    // Linear work takes some 100 ms; with one pattern that backtracks it is minutes.
    expect(performance.now() - from).toBeLessThan(10_000)
  })

  it('refuses null for every key', () => {
    expect(messages(field.string({ doc }), { k: null })).toEqual([nullProblem])
    expect(messages(field.int({ doc, optional: true }), { k: null })).toEqual([nullProblem])
  })

  it('reports all errors of all keys at once, in the order of declaration', () => {
    const declared = {
      a: field.int({ doc }),
      b: field.string({ doc }),
      c: field.boolean({ doc, default: true }),
      d: field.int({ doc, min: 1, default: 1 }),
    }
    expect(parseFields(declared, { d: '0', c: 'maybe', a: 'x', unknown: 'left alone' }).issues).toEqual([
      { key: 'a', message: 'Invalid value x for configuration a: Not a number of type INT' },
      { key: 'b', message: 'Missing required configuration "b" which has no default value.' },
      { key: 'c', message: 'Invalid value maybe for configuration c: Expected value to be either true or false' },
      { key: 'd', message: 'Invalid value 0 for configuration d: Value must be at least 1' },
    ])
  })

  it('applies defaults and leaves optional keys undefined', () => {
    const declared = {
      text: field.string({ doc, default: 'x' }),
      none: field.int({ doc, optional: true, min: 1 }),
      list: field.list({ doc, default: ['a'] }),
      secret: field.password({ doc, default: 'hush' }),
    }
    const { values, issues } = parseFields(declared, {})
    expect(issues).toEqual([])
    expect(values).toMatchObject({ text: 'x', list: ['a'] })
    expect(values.none).toBeUndefined()
    expect(values.secret.reveal()).toBe('hush')
  })

  it('reads and names keys under a prefix', () => {
    const declared = { field: field.string({ doc }), count: field.int({ doc, default: 1 }) }
    const raw = { 'transforms.a.count': 'x', field: 'not this one' }
    const { values, issues } = parseFields(declared, raw, 'transforms.a.')
    expect(values).toEqual({})
    expect(issues.map(issue => issue.message)).toEqual([
      'Missing required configuration "transforms.a.field" which has no default value.',
      'Invalid value x for configuration transforms.a.count: Not a number of type INT',
    ])
  })

  it("puts a plugin's own check into the same words, and never shows it a value that is missing", () => {
    const even = field.int({ doc, check: value => (value % 2 === 0 ? undefined : 'Value must be even') })
    expect(messages(even, { k: '3' })).toEqual(['Invalid value 3 for configuration k: Value must be even'])
    expect(messages(even, { k: '4' })).toEqual([])
    expect(messages(even, {})).toEqual(['Missing required configuration "k" which has no default value.'])
    const pair = field.list({ doc, check: items => (items.length === 2 ? undefined : 'Not a pair') })
    expect(messages(pair, { k: 'a,b,c' })).toEqual(['Invalid value [a, b, c] for configuration k: Not a pair'])
  })

  it('never shows a password, also not one that its check refuses (I8)', () => {
    const password = field.password({ doc, check: text => (text.length > 8 ? undefined : 'Too short') })
    const parsed = parseFields({ k: password }, { k: 'hunter2' })
    expect(parsed.issues).toEqual([{ key: 'k', message: 'Invalid value [hidden] for configuration k: Too short' }])
    expect(parsed.values.k).toBeInstanceOf(Secret)
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })

  it('takes Long.MAX_VALUE as the largest exact integer and refuses other numbers it would change', () => {
    const long = field.long({ doc })
    expect(parseFields({ k: long }, { k: '9223372036854775807' }).values.k).toBe(Number.MAX_SAFE_INTEGER)
    expect(parseFields({ k: long }, { k: '-9223372036854775808' }).values.k).toBe(-Number.MAX_SAFE_INTEGER)
    expect(parseFields({ k: long }, { k: '9007199254740991' }).issues).toEqual([])
    expect(messages(long, { k: '9007199254740993' })).toEqual([
      'Invalid value 9007199254740993 for configuration k: Value must be within ±9007199254740991',
    ])
  })

  it('finds only what the configuration itself holds, whatever the key is called', () => {
    const declared = {
      constructor: field.string({ doc, optional: true }),
      __proto__x: field.string({ doc, default: 'd' }),
    }
    expect(parseFields(declared, {}).values.constructor).not.toBeTypeOf('string')
    const proto = Object.fromEntries([['__proto__', field.string({ doc })]])
    const parsed = parseFields(proto, JSON.parse('{"__proto__":"x"}') as Record<string, string>)
    expect(Object.entries(parsed.values)).toEqual([['__proto__', 'x']])
  })

  it('gives back every integer of a type, and nothing beyond it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }), value => {
        const fits = value >= -(2n ** 31n) && value < 2n ** 31n
        const parsed = parseFields({ k: field.int({ doc }) }, { k: ` ${value} ` })
        expect(parsed.values.k).toBe(fits ? Number(value) : undefined)
        expect(parsed.issues.length).toBe(fits ? 0 : 1)
      }),
    )
  })

  it('gives back every list whose items hold no comma and no outer blanks', () => {
    const item = fc.stringMatching(/^[a-z]([a-z ]*[a-z])?$/)
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), fc.constantFrom(',', ' , ', ',\t'), (items, comma) => {
        expect(parseFields({ k: field.list({ doc }) }, { k: items.join(comma) }).values.k).toEqual(items)
      }),
    )
  })

  it('has a value or an issue for every text of every type, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(fields)), fc.string({ unit: 'binary' }), (of, text) => {
        const { values, issues } = parseFields({ k: of }, { k: text })
        expect(values.k !== undefined || issues.length > 0).toBe(true)
        for (const issue of issues) expect(issue.key).toBe('k')
      }),
    )
  })
})

describe('subset', () => {
  it('takes the keys under a prefix without it', () => {
    const raw = { 'a.b': '1', 'a.c.d': null, ab: '2', 'a.': '3' }
    expect(subset(raw, 'a.')).toEqual({ b: '1', 'c.d': null, '': '3' })
  })
})

it('errors tell a key below a prefix as Connect does: by its whole name, its own, or its own once it could be read', () => {
  const fields = { size: field.int({ doc: 'x', min: 1 }), file: field.string({ doc: 'x' }) }
  const told = (as: 'whole' | 'own' | 'own-checked') =>
    parseFields(fields, { 'a.size': '0' }, 'a.', as).issues.map(({ key, message }) => [
      key,
      /(?:configuration |")(a\.)?(size|file)/.exec(message)?.slice(1).join(''),
    ])
  expect(told('whole')).toEqual([
    ['a.size', 'a.size'],
    ['a.file', 'a.file'],
  ])
  expect(told('own')).toEqual([
    ['a.size', 'size'],
    ['a.file', 'file'],
  ])
  expect(told('own-checked')).toEqual([
    ['a.size', 'size'],
    ['a.file', 'a.file'],
  ])
})
