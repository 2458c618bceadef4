import { describe, expect, test } from 'vitest'
import { chunkQuery, ChunkWindow, maximumKeyQuery, type ChunkDialect, type JavaKey } from '@millrace/relational'

const dialect = (rowValues: boolean): ChunkDialect => ({
  quote: name => `"${name}"`,
  placeholder: at => `$${at + 1}`,
  printed: name => `"${name}"`,
  rowValues,
})
const key = (...parts: readonly string[]): JavaKey => parts.map(text => ({ java: 'String', text }))
const of = { table: '"s"."t"', key: ['a', 'b'], condition: 'x OR y' }

describe('statements of chunks', () => {
  test('the first chunk has an upper bound alone', () => {
    const chunk = { selection: '"a", "v"', after: undefined, maximum: key('9'), limit: 5 }
    expect(chunkQuery({ ...of, key: ['a'], condition: undefined }, chunk, dialect(true))).toEqual({
      sql: 'SELECT "a", "v" FROM "s"."t" WHERE "a" <= $1 ORDER BY "a" LIMIT 5',
      params: ['9'],
    })
  })

  test('keys of two columns are compared as rows where an index serves that', () => {
    const chunk = { selection: '"v"', after: key('1', '2'), maximum: key('8', '9'), limit: 5 }
    expect(chunkQuery(of, chunk, dialect(true))).toEqual({
      sql: 'SELECT "v" FROM "s"."t" WHERE ("a", "b") > ($1, $2) AND ("a", "b") <= ($3, $4) AND (x OR y) ORDER BY "a", "b" LIMIT 5',
      params: ['1', '2', '8', '9'],
    })
  })

  test('else column by column', () => {
    const chunk = { selection: '"v"', after: key('1', '2'), maximum: key('8', '9'), limit: 5 }
    expect(chunkQuery({ ...of, condition: undefined }, chunk, dialect(false))).toEqual({
      sql: 'SELECT "v" FROM "s"."t" WHERE (("a" > $1) OR ("a" = $2 AND "b" > $3)) AND (("a" < $4) OR ("a" = $5 AND "b" <= $6)) ORDER BY "a", "b" LIMIT 5',
      params: ['1', '1', '2', '8', '8', '9'],
    })
  })

  test('the last key, of the rows that meet the condition', () => {
    expect(maximumKeyQuery(of, dialect(true))).toEqual({
      sql: 'SELECT "a", "b" FROM "s"."t" WHERE (x OR y) ORDER BY "a" DESC, "b" DESC LIMIT 1',
      params: [],
    })
  })
})

describe('the window of a chunk', () => {
  const filled = (): ChunkWindow<string> => {
    const window = new ChunkWindow<string>()
    window.add(['1', 'a'], 'one')
    window.add(['2', 'a'], 'two')
    window.add([Buffer.from([1]), 'a'], 'bytes')
    return window
  }

  test('rows that the stream has changed are left out, in whatever order', () => {
    const window = filled()
    window.passed(['2', 'a'])
    window.passed(['2', 'b'])
    window.passed([new Uint8Array([1]), 'a'])
    expect([window.isSpoilt, window.take(), window.isEmpty]).toEqual([false, ['one'], true])
  })

  test.each([[null], [undefined], [Symbol('unavailable')]])('a change of an unknown key (%s) spoils it', part => {
    const window = filled()
    window.passed([part, 'a'])
    expect(window.isSpoilt).toBe(true)
    window.clear()
    expect([window.isSpoilt, window.isEmpty]).toEqual([false, true])
  })

  test('without rows nothing is spoilt', () => {
    const window = new ChunkWindow<string>()
    window.passed([null])
    window.spoil()
    expect(window.isSpoilt).toBe(false)
  })
})
