import { expect, test } from 'vitest'
import { unavailable } from '../../src/cdc/raw-row.js'
import { structMaker, type Part } from '../../src/cdc/struct-maker.js'

const part = (name: string, index: number): Part<string> => ({
  name,
  index,
  read: raw => raw.toUpperCase(),
  missing: `no ${index}`,
  placeholder: '?',
})

test('a field has what its column says, what stands for nothing, or what stands for what was not sent', () => {
  const make = structMaker([part('c', 2), part('a', 0), part('b', 1), part('d', 3)])
  expect(make(['x', null, unavailable])).toEqual({ a: 'X', b: 'no 1', c: '?', d: 'no 3' })
  expect(Object.keys(make([]))).toEqual(['c', 'a', 'b', 'd'])
})

test.each([`it's`, 'say "so"', 'a\\', '`${1}`', 'line\nbreak', '\u2028', '', 'constructor', '1'])(
  'a name is only a name: %j',
  name => {
    expect(Object.entries(structMaker([part(name, 0)])(['x']))).toEqual([[name, 'X']])
  },
)

test('a column called __proto__ is a field like any other', () => {
  const struct = structMaker([part('__proto__', 0), part('a', 1)])(['x', 'y'])
  expect(Object.getPrototypeOf(struct)).toBe(Object.prototype)
  expect(Object.entries(struct)).toEqual([
    ['__proto__', 'X'],
    ['a', 'Y'],
  ])
})

test('no columns make an empty struct', () => {
  expect(structMaker([])([])).toEqual({})
})
