import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fits, t } from '../../src/plugin/index.js'

const shape = {
  file: t.string,
  position: t.integer,
  lsn: t.bigint,
  ratio: t.number,
  done: t.boolean,
  note: t.string.orNull,
}
const good = { file: 'a', position: 1, lsn: 2n ** 60n, ratio: 0.5, done: false, note: null }

describe('fits', () => {
  it('accepts what the shape declares', () => {
    expect(fits(shape, good)).toEqual([])
    expect(fits(shape, { ...good, lsn: 7, ratio: 7, note: 'n' })).toEqual([])
    expect(fits({}, {})).toEqual([])
  })

  it('names every mismatch at once', () => {
    const wrong = { file: 1, position: 1.5, lsn: '7', ratio: Number.NaN, done: 'false', line: 3 }
    expect(fits(shape, wrong)).toEqual([
      '"file" must be a string, not 1.',
      '"position" must be an integer within ±9007199254740991, not 1.5.',
      '"lsn" must be an integer, not "7".',
      '"ratio" must be a number, not NaN.',
      '"done" must be true or false, not "false".',
      '"note" is missing.',
      '"line" is not one of its members ("file", "position", "lsn", "ratio", "done", "note").',
    ])
  })

  it.each([
    [null, 'null'],
    [[1], 'an array'],
    ['text', '"text"'],
    [7, '7'],
    [undefined, 'undefined'],
  ])('refuses %j as a whole', (json, shown) => {
    expect(fits(shape, json)).toEqual([`It must be an object, not ${shown}.`])
  })

  it('takes null only where the shape says so, and no inherited member for a declared one', () => {
    expect(fits({ file: t.string }, { file: null })).toEqual(['"file" must be a string, not null.'])
    expect(fits({ toString: t.string }, {})).toEqual(['"toString" is missing.'])
    expect(fits({}, JSON.parse('{"__proto__": 1}'))).toEqual([
      '"__proto__" is not one of its members (there are none).',
    ])
  })

  it('takes the absence of a member, and no null, where the shape says so', () => {
    expect(fits({ file: t.string.orAbsent }, {})).toEqual([])
    expect(fits({ file: t.string.orAbsent }, { file: 'a' })).toEqual([])
    expect(fits({ file: t.string.orAbsent }, { file: null })).toEqual(['"file" must be a string, not null.'])
  })

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), json => {
        expect(fits(shape, json).length).toBeGreaterThan(0)
      }),
    )
  })
})
