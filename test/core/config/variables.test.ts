import fc from 'fast-check'
import { expect, test } from 'vitest'
import { substitute, variablesIn } from '../../../src/core/config/variables.js'

/** As Kafka's ConfigTransformer has it. */
const kafkas = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g

const texts = fc
  .array(fc.constantFrom('${', '$', '{', '}', ':', 'a', 'b', '\n', '/x', 'ü'), { maxLength: 30 })
  .map(of => of.join(''))

test("variables are what Kafka's pattern finds", () => {
  fc.assert(
    fc.property(texts, text => {
      const found = [...text.matchAll(kafkas)].map(([whole, alias, , path, key]) => ({
        alias,
        path: path ?? '',
        key,
        text: whole,
      }))
      expect(variablesIn(text)).toEqual(found)
    }),
    { numRuns: 2_000 },
  )
})

test('what is looked up replaces its variable alone, and is not looked through again', () => {
  const values = new Map([
    ['${env:A}', 'x${env:B}'],
    ['${file:/f:k}', ''],
  ])
  expect(substitute('1${env:A}2${file:/f:k}3${env:B}${topic}', ({ text }) => values.get(text))).toBe(
    '1x${env:B}23${env:B}${topic}',
  )
})

test('without any value a text stays as it was', () => {
  fc.assert(
    fc.property(texts, text => {
      expect(substitute(text, () => undefined)).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

test('a path ends at the second colon; a key may have more', () => {
  expect(variablesIn('${a:b:c:d}')).toEqual([{ alias: 'a', path: 'b', key: 'c:d', text: '${a:b:c:d}' }])
})

test('a long value of colons is read at once', () => {
  const began = performance.now()
  expect(variablesIn('${'.repeat(100_000) + ':'.repeat(100_000))).toEqual([])
  expect(variablesIn(`\${${':'.repeat(200_000)}`)).toEqual([])
  expect(performance.now() - began).toBeLessThan(1_000)
})
