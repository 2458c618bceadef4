import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asItIs, hiding, mapStrings, puttingBack, revealing } from '../../../src/core/config/hidden.js'

const shown = '${env:S}'
const hide = (value: string) => hiding([{ value, shown }])

test.each([
  ['as it is', 'hunter2', 'login with hunter2!', `login with ${shown}!`],
  ['within a word', 'hunter2', 'xhunter2y', `x${shown}y`],
  ['without the blanks around it', 'hunter2\n', 'Invalid value hunter2 for', `Invalid value ${shown} for`],
  ['in JSON', 'a"b\\c', JSON.stringify({ password: 'a"b\\c' }), `{"password":"${shown}"}`],
  ['in a URL', 'a b&c', `http://u:${encodeURIComponent('a b&c')}@h`, `http://u:${shown}@h`],
  ['line by line', '-----BEGIN KEY-----\nMIIEvQ==\n', 'bad line MIIEvQ==', `bad line ${shown}`],
  ['item by item', 'first,second', 'no such item: second', `no such item: ${shown}`],
  ['as a list that is joined anew', 'ab,cd', 'must not hold [ab, cd]', `must not hold [${shown}]`],
  ['as a number that was understood', '0042', 'Value 42 is', `Value ${shown} is`],
  ['with signs that patterns know', '.*(a|b)$1', 'x.*(a|b)$1', `x${shown}`],
])('a value is hidden %s', (_, value, text, expected) => {
  expect(hide(value)(text)).toBe(expected)
})

test('what is short is hidden where it stands alone', () => {
  expect(hide('abc')('abc, abcd, (abc) xabc')).toBe(`${shown}, abcd, (${shown}) xabc`)
})

test.each(['', ' ', '1', 'true', 'FALSE', '\n'])('%j is no secret', value => {
  expect(hide(value)).toBe(asItIs)
})

test('of values within each other the longest is found', () => {
  const both = hiding([
    { value: 'word', shown: '${env:A}' },
    { value: 'password1', shown: '${env:B}' },
  ])
  expect(both('word password1')).toBe('${env:A} ${env:B}')
})

test('no text tells a value of four characters or more', () => {
  const value = fc.string({ minLength: 4, unit: 'binary' }).filter(text => !/^\s*(true|false)?\s*$/i.test(text))
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!shown.includes(secret))
      const left = hiding([{ value: secret, shown: '⌁' }])(`${before}${secret}${after}`)
      expect(left.includes(secret)).toBe(false)
    }),
  )
})

test('a value that was put back as a variable comes back with the next look-up', () => {
  const values = [
    { value: 'hunter2\n', shown },
    { value: 'x-hunter2\n-y', shown: `x-${shown}-y` },
  ]
  expect(puttingBack(values)('u:hunter2@h x-hunter2\n-y')).toBe(`u:${shown}@h x-${shown}-y`)
  expect(revealing(values)(`u:${shown}@h x-${shown}-y \${env:OTHER}`)).toBe('u:hunter2@h x-hunter2\n-y ${env:OTHER}')
  // What was made of it would not come back the same, so it stays.
  expect(hiding([{ value: 'a b c', shown }])('a%20b%20c')).toBe(shown)
  expect(puttingBack([{ value: 'a b c', shown }])('a%20b%20c')).toBe('a%20b%20c')
})

test('a long value is hidden in a long text in passing', () => {
  const line = 'abcdefghij'.repeat(10_000)
  const value = Array.from({ length: 100 }, (_, i) => `${line}${i}`).join('\n')
  const began = performance.now()
  expect(hide(value)(`x${value}y ${line}42 z`)).toBe(`x${shown}y ${shown} z`)
  expect(performance.now() - began).toBeLessThan(2_000)
})

test('strings of plain data change, however deep; keys and other values do not', () => {
  const change = (text: string): string => `${text}!`
  expect(mapStrings({ a: ['x', 1, null, { b: 'y', c: true }] }, change)).toEqual({
    a: ['x!', 1, null, { b: 'y!', c: true }],
  })
})
