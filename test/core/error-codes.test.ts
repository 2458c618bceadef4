import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/core/error-codes.js'
import { sourcesBelow } from '../sources.js'

/** Codes as they are written where errors are made: `new MillraceError('area.what', …)`. */
function codesIn(text: string): string[] {
  return [...text.matchAll(/new MillraceError\(\s*'([^']+)'/g)].map(match => match[1]!)
}

const thrown = new Set(sourcesBelow(['src', 'actors']).flatMap(file => codesIn(readFileSync(file, 'utf8'))))

test('every code that the runtime throws is registered', () => {
  expect([...thrown].filter(code => !(code in errorCodes))).toEqual([])
})

test('codes are area.what_happened, sorted, each with a sentence', () => {
  const codes = Object.keys(errorCodes)
  expect(codes.filter(code => !/^[a-z]+\.[a-z_]+$/.test(code))).toEqual([])
  expect(codes).toEqual(codes.toSorted())
  expect(Object.values(errorCodes).filter(sentence => !/^[A-Z].*\.$/.test(sentence))).toEqual([])
})
