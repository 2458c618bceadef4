import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { locateIssues, parseProperties } from '../../../src/core/properties/parse.js'

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/config/properties.json', import.meta.url), 'utf8'),
) as readonly (readonly [text: string, java: Readonly<Record<string, string>> | 'malformed'])[]

describe('parseProperties', () => {
  it('reads what java.util.Properties reads', () => {
    expect(fixture.length).toBeGreaterThan(400)
    const read = fixture.map(([text]) => {
      const { values, issues } = parseProperties(text)
      return [text, issues.length === 0 ? values : 'malformed']
    })
    expect(read).toEqual(fixture)
  })

  it('knows the line on which each value began, and of a key that stands twice the later one', () => {
    const { values, lines } = parseProperties('# a worker\n\na=1\r\nb=2,\\\n  3\nc=4\ra=5')
    expect(values).toEqual({ a: '5', b: '2,3', c: '4' })
    expect([...lines]).toEqual([
      ['a', 7],
      ['b', 4],
      ['c', 6],
    ])
  })

  it('reports every malformed line and keeps the others', () => {
    const { values, issues } = parseProperties('a=\\u12\nb=2\n\\uxyz1=3')
    expect(values).toEqual({ b: '2' })
    expect(issues.map(({ key, line }) => [key, line])).toEqual([
      ['a', 1],
      ['\\uxyz1', 3],
    ])
  })

  it('reads back whatever was escaped', () => {
    const escape = (text: string): string =>
      text.replaceAll(/[^]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (key, value) => {
        expect(Object.entries(parseProperties(`${escape(key)}=${escape(value)}`).values)).toEqual([[key, value]])
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(() => parseProperties(text)).not.toThrow()
      }),
    )
  })
})

describe('locateIssues', () => {
  it('adds the file, and the line where the key stands', () => {
    const { lines } = parseProperties('a=1\nb=x')
    const issues = [
      { key: 'b', message: 'Not a number' },
      { key: 'c', message: 'Missing' },
    ]
    expect(locateIssues(issues, 'worker.properties', lines)).toEqual([
      { key: 'b', message: 'Not a number', file: 'worker.properties', line: 2 },
      { key: 'c', message: 'Missing', file: 'worker.properties' },
    ])
  })
})
