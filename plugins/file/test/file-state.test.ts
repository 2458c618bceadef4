import { describe, expect, test } from 'vitest'
import { markOf, markText, parseMark } from '../src/file-mark.js'
import { nextStep, rotationGraceMs, startingPoint } from '../src/file-state.js'
import type { EndOfFile } from '../src/file-state.js'
import { writeFailure } from '../src/append-file.js'
import { readFailure } from '../src/open-file.js'

describe('where to begin', () => {
  const mark = { id: '7.100', end: 300, sum: '00000000' }
  const file = { id: '7.100', size: 500, hasMarkedBytes: true }

  test.each([
    ['nothing committed', undefined, file, 0, 'new'],
    ["Connect's offset", { position: 400 }, file, 400, 'resumed'],
    ["Connect's offset beyond the end", { position: 501 }, file, 0, 'truncated'],
    ['the same file', { position: 400, mark }, file, 400, 'resumed'],
    ['at its very end', { position: 500, mark }, file, 500, 'resumed'],
    ['cut behind the mark', { position: 600, mark }, file, 0, 'truncated'],
    ['written anew', { position: 400, mark }, { ...file, hasMarkedBytes: false }, 0, 'truncated'],
    ['another file', { position: 400, mark }, { ...file, id: '8.1', hasMarkedBytes: false }, 0, 'replaced'],
    ['a copy of it', { position: 400, mark }, { ...file, id: '8.1' }, 400, 'resumed'],
    [
      'another with the same few bytes',
      { position: 400, mark: { ...mark, end: 63 } },
      { ...file, id: '8.1' },
      0,
      'replaced',
    ],
  ] as const)('%s', (_, committed, found, at, why) => {
    expect(startingPoint(committed, found)).toEqual({ at, why })
  })
})

describe('what to do at the end of the file', () => {
  const end: EndOfFile = { readTo: 100, size: 100, modified: false, rotated: false, quietMs: 0 }

  test.each([
    [{}, 'wait'],
    [{ size: 101 }, 'verify'],
    [{ modified: true }, 'verify'],
    [{ size: 99 }, 'restart'],
    [{ rotated: true }, 'wait'],
    [{ rotated: true, quietMs: rotationGraceMs - 1 }, 'wait'],
    [{ rotated: true, quietMs: rotationGraceMs }, 'finish'],
    [{ rotated: true, quietMs: rotationGraceMs, size: 101 }, 'verify'],
    [{ rotated: true, size: 99 }, 'finish'],
  ] as const)('%o: %s', (seen, step) => {
    expect(nextStep({ ...end, ...seen })).toBe(step)
  })
})

describe('marks', () => {
  test('are text and back', () => {
    const mark = markOf('18446744073709551615.1700000000000', 9_007_199_254_740_991, Buffer.from('abc'))
    expect(markText(mark)).toBe('18446744073709551615.1700000000000@9007199254740991:352441c2')
    expect(parseMark(markText(mark))).toEqual(mark)
  })

  test.each(['', 'x', '1@2:3', '1.2@3:zzzzzzzz', '1.2@3:00000000 '])('%o is none', text => {
    expect(parseMark(text)).toBeUndefined()
  })
})

describe('a failure of the system', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code })

  test.each([
    ['EACCES', 'fatal', 'fatal'],
    ['EISDIR', 'fatal', 'fatal'],
    ['EIO', 'retry', 'fatal'],
    ['EMFILE', 'retry', 'retry'],
    ['ENOSPC', 'retry', 'retry'],
    ['EDQUOT', 'retry', 'retry'],
  ] as const)('%s: reading is %s, writing is %s', (code, reading, writing) => {
    expect(readFailure('f', failure(code))).toMatchObject({
      disposition: reading,
      message: expect.stringContaining('f'),
    })
    expect(writeFailure('f', failure(code))).toMatchObject({ disposition: writing })
  })

  test('that was classified already stays as it is', () => {
    const known = readFailure('f', failure('EIO'))
    expect(readFailure('g', known)).toBe(known)
    expect(writeFailure('g', known)).toBe(known)
  })
})
