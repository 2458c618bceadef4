import { expect, test } from 'vitest'
import { decodeNote, encodeNote } from '../../src/pipeline/sink-note.js'
import { SinkPositions } from '../../src/pipeline/sink-positions.js'

const zero = { topic: 't', partition: 0 }
const tracked = (committed?: number) => {
  const positions = new SinkPositions()
  positions.assign({ ...zero, note: '', ...(committed !== undefined && { committed }) })
  return positions
}

test('a note comes back as it was, within what a broker keeps', () => {
  for (const note of ['', 'length 3', '"\\ é\u0001', 'x'.repeat(3_500)]) expect(decodeNote(encodeNote(note))).toBe(note)
  const tooLong = expect.objectContaining({ code: 'pipeline.note_too_long' })
  expect(() => encodeNote('é'.repeat(1_751))).toThrow(tooLong)
  // Escapes count: what the broker is sent must fit.
  expect(() => encodeNote('\u0001'.repeat(1_000))).toThrow(tooLong)
  for (const foreign of ['null', '{"n":1}', '[]', 'x', '{"e":4}']) expect(decodeNote(foreign)).toBe('')
})

test('nothing beyond what was put, nothing backwards, nothing that is no offset is committed', () => {
  const positions = tracked(5)
  positions.advance(zero, 9)
  const planned = (offset: number) => positions.plan([{ ...zero, offset }]).commit.map(({ offset }) => offset)
  expect([9, 7, 6].map(planned)).toEqual([[9], [7], [6]])
  for (const bad of [10, 4, 5, -1, Number.NaN, 6.5]) expect(planned(bad)).toEqual([])
})

test('the same offset with another note is a commit, with the same note it is none', () => {
  const positions = tracked(5)
  expect(positions.plan([{ ...zero, offset: 5 }]).commit).toEqual([])
  const [commit] = positions.plan([{ ...zero, offset: 5, note: 'n' }]).commit
  positions.markCommitted([commit!])
  expect(positions.plan([{ ...zero, offset: 5, note: 'n' }])).toEqual({ commit: [], ignored: [] })
})

test('only a seek lets commits go back, and only to where it went', () => {
  const positions = tracked(5)
  positions.seek(zero, 2)
  expect(positions.plan([{ ...zero, offset: 2 }]).commit).toHaveLength(1)
  expect(positions.plan([{ ...zero, offset: 1 }]).commit).toHaveLength(0)
  positions.advance(zero, 4)
  positions.markCommitted(positions.plan([{ ...zero, offset: 4 }]).commit)
  expect(positions.plan([{ ...zero, offset: 3 }]).commit).toHaveLength(0)
})

test('what is uncommitted counts from the commit, or from the first record read', () => {
  const fresh = tracked()
  expect(fresh.positions()).toEqual([])
  fresh.begin(zero, 100)
  fresh.advance(zero, 130)
  expect(fresh.uncommitted).toBe(30)
  const resumed = tracked(5)
  resumed.begin(zero, 7)
  resumed.advance(zero, 9)
  expect(resumed.uncommitted).toBe(4)
})
