import { describe, expect, test } from 'vitest'
import { isSnapshotDone, offsetProblem, resumePoint, type BinlogOffset } from '../src/offset.js'
import { offsetAt, Skip, type Transaction } from '../src/transaction-place.js'

const offset = (of: Readonly<Record<string, unknown>>) => of as unknown as BinlogOffset
const transaction = (first: number): Transaction => ({
  id: 'id',
  gtid: undefined,
  thread: undefined,
  serverId: 3,
  at: 7_900,
  first,
})

describe('offsets', () => {
  test('where to go on', () => {
    const stored = offset({ file: 'b.1', pos: 400n, gtids: '0-1-2', event: 2n, row: 3 })
    expect(resumePoint(stored)).toEqual({ file: 'b.1', position: 400, gtids: '0-1-2', events: 2, rows: 3 })
    expect(resumePoint(offset({}))).toEqual({ file: '', position: 4, gtids: undefined, events: 0, rows: 0 })
  })

  test.each<[of: Record<string, unknown>, done: boolean]>([
    [{}, true],
    [{ snapshot: 'INITIAL' }, false],
    [{ snapshot: 'INITIAL', snapshot_completed: false }, false],
    [{ snapshot: 'INITIAL', snapshot_completed: true }, true],
  ])('%j: all rows were read: %s', (of, done) => {
    expect(isSnapshotDone(offset(of))).toBe(done)
  })

  test.each<[of: Record<string, unknown>, problem: RegExp | undefined]>([
    [{ file: 'b.1', pos: 4, event: 0, row: 0 }, undefined],
    [{ pos: 4 }, /"file" is missing/],
    [{ file: 'b.1' }, /"pos" is missing/],
    [{ file: 'b.1', pos: -1 }, /"pos" must not be negative/],
    [{ file: 'b.1', pos: 4, event: -1 }, /"event" must not be negative/],
    [{ file: 'b.1', pos: 4, row: -1 }, /"row" must not be negative/],
  ])('an offset %j written by an operator', (of, problem) => {
    const found = offsetProblem(offset(of))
    if (problem === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(problem)
  })

  test.each<[gtids: string | undefined, event: number, row: number, withId: boolean, rest: object]>([
    ['0-1-2', 2, 3, false, { gtids: '0-1-2', event: 2, row: 3 }],
    ['0-1-2', 2, 3, true, { gtids: '0-1-2', event: 2, row: 3, transaction_id: 'id' }],
    [undefined, 2, 3, false, { event: 2, row: 3 }],
    ['0-1-2', 0, 3, false, { gtids: '0-1-2', row: 3 }],
    [undefined, 2, 0, false, { event: 2 }],
  ])('GTIDs %s, event %i, row %i, with the transaction: %s', (gtids, event, row, withId, rest) => {
    const restart = { file: 'b.1', position: 400, gtids }
    const place = { ts_sec: 7, server_id: 3, file: 'b.1', pos: 400 }
    expect(offsetAt(restart, transaction(1), { event, row }, withId)).toEqual({ ...place, ...rest })
  })

  test('outside of a transaction', () => {
    expect(offsetAt({ file: 'b.1', position: 400, gtids: '' }, undefined, { event: 0, row: 0 }, true)).toEqual({
      file: 'b.1',
      pos: 400,
      gtids: '',
    })
  })
})

describe('what of the first transaction was read', () => {
  const skip = (events: number, rows: number) => new Skip({ file: 'b.1', position: 4, gtids: undefined, events, rows })
  const event = (count: number) => ({ at: 0, start: 0, next: 0, bytes: 0, count })

  test.each<[events: number, rows: number, from: number[]]>([
    [0, 0, [0, 0, 0]],
    [0, 2, [2, 0, 0]],
    [1, 0, [Infinity, 0, 0]],
    [1, 2, [Infinity, 2, 0]],
    [9, 2, [Infinity, Infinity, Infinity]],
  ])('%i events and %i rows', (events, rows, from) => {
    const of = skip(events, rows)
    of.begin(transaction(5))
    expect([5, 6, 7].map(count => of.rowsOf(event(count), transaction(5)))).toEqual(from)
  })

  test('nothing of the second one', () => {
    const of = skip(9, 2)
    of.begin(transaction(5))
    of.begin(transaction(8))
    expect(of.rowsOf(event(9), transaction(8))).toBe(0)
  })

  test('nothing after its end', () => {
    const of = skip(9, 2)
    of.end()
    of.begin(transaction(5))
    expect(of.rowsOf(event(6), transaction(5))).toBe(Infinity)
    of.end()
    expect(of.rowsOf(event(6), transaction(5))).toBe(0)
  })

  test('nothing of rows without a beginning', () => {
    expect(skip(9, 2).rowsOf(event(6), transaction(6))).toBe(0)
  })
})
