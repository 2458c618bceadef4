import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareStamps,
  decodeLeaderMark,
  decodeTaskMark,
  encodeLeaderMark,
  encodeTaskMark,
  nobody,
} from '../../src/core/record-mark.js'

const count = fc.maxSafeInteger().map(Math.abs)
const stamp = fc.record({ epoch: fc.record({ term: count, offset: count }), seq: count })

test('a task’s mark is a short array of numbers, and comes back', () => {
  expect(encodeTaskMark({ task: 3, epoch: { term: 2, offset: 812 }, seq: 17 })).toBe('[3,2,812,17]')
  fc.assert(
    fc.property(stamp, fc.integer({ min: nobody, max: 1_000 }), (of, task) => {
      expect(decodeTaskMark(encodeTaskMark({ ...of, task }))).toEqual({ ...of, task })
    }),
  )
})

test('a leader’s mark comes back, with a command and without', () => {
  expect(encodeLeaderMark({ term: 2, seq: 5, command: null })).toBe('[2,5]')
  fc.assert(
    fc.property(count, count, fc.option(fc.string()), (term, seq, command) => {
      expect(decodeLeaderMark(encodeLeaderMark({ term, seq, command }))).toEqual({ term, seq, command })
    }),
  )
})

test('what a newer release adds behind is ignored', () => {
  expect(decodeTaskMark('[3,2,812,17,"more"]')).toEqual({ task: 3, epoch: { term: 2, offset: 812 }, seq: 17 })
  expect(decodeLeaderMark('[2,5,null,{}]')).toEqual({ term: 2, seq: 5, command: null })
})

test.each(['', '{}', 'null', '[]', '[1,2,3]', '["0",1,2,3]', '[-2,1,2,3]', '[0,1,2,-3]', '[0,1.5,2,3]'])(
  '%j is no mark of a task, and its record is none',
  text => expect(() => decodeTaskMark(text)).toThrow(expect.objectContaining({ code: 'stores.record_malformed' })),
)

test.each(['', '7', '[1]', '[-1,0]', '[1,2,3]'])('%j is no mark of a leader, and its record is none', text =>
  expect(() => decodeLeaderMark(text)).toThrow(expect.objectContaining({ code: 'stores.record_malformed' })),
)

test('stamps are ordered by term, then by grant, then by count', () => {
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const expected = a.epoch.term - b.epoch.term || a.epoch.offset - b.epoch.offset || a.seq - b.seq
      expect(Math.sign(compareStamps(a, b))).toBe(Math.sign(expected))
    }),
  )
})
