import { describe, expect, test } from 'vitest'
import { cutPoint, noteText, parseNote, partitionsSum } from '../src/sink-note.js'
import type { SinkNote } from '../src/sink-note.js'

const here = partitionsSum([{ topic: 'a', partition: 0 }])
const note = (end: number, { id = '1.1', partitions = here } = {}): SinkNote => ({
  mark: { id, end, sum: '00000000' },
  partitions,
})
const file = { id: '1.1', size: 100, hasMarkedBytes: () => true }
const noted = (...notes: (SinkNote | undefined)[]) => notes.map(each => ({ committed: true, note: each }))

describe('the file is cut back', () => {
  test('to the length noted last', () => {
    expect(cutPoint(noted(note(80)), here, file)).toBe(80)
    expect(cutPoint(noted(note(100)), here, file)).toBe(100)
    expect(cutPoint(noted(note(0)), here, file)).toBe(0)
  })

  test('to the longest of several notes, for the file only grows', () => {
    expect(cutPoint(noted(note(50), note(80), note(20)), here, file)).toBe(80)
  })

  test('where other partitions have no commit yet, or noted a file that was before', () => {
    expect(cutPoint([...noted(note(80)), { committed: false, note: undefined }], here, file)).toBe(80)
    expect(cutPoint(noted(note(80), note(500, { id: '2.2' })), here, file)).toBe(80)
  })
})

describe('the file is left as it is', () => {
  test.each([
    ['where nothing was committed', [{ committed: false, note: undefined }], file],
    ['where a commit has no note', noted(note(80), undefined), file],
    ['where only another file was noted', noted(note(80, { id: '1.2' })), file],
    ['where it is shorter than noted', noted(note(101)), file],
    ['where it lacks the bytes noted', noted(note(80)), { ...file, hasMarkedBytes: () => false }],
    [
      'where it lacks the bytes of any note',
      noted(note(80), note(20)),
      { ...file, hasMarkedBytes: (mark: { end: number }) => mark.end === 80 },
    ],
    ['where the commit was of other partitions', noted(note(80, { partitions: 'ffffffff' })), file],
    ['where the last note is of other partitions', noted(note(50), note(80, { partitions: 'ffffffff' })), file],
  ])('%s', (_, partitions, found) => {
    expect(cutPoint(partitions, here, found)).toBeUndefined()
  })
})

test('notes are text and back, well below the limit', () => {
  const longest = note(Number.MAX_SAFE_INTEGER, { id: '18446744073709551615.-1700000000000' })
  expect(parseNote(noteText(longest))).toEqual(longest)
  expect(noteText(longest).length).toBeLessThan(100)
  for (const text of ['', 'hello', '/', '1.1@5:00000000', '{"e":1}']) expect(parseNote(text)).toBeUndefined()
})

test('a set of partitions has one sum, in whatever order', () => {
  const [a, b] = [
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 0 },
  ]
  expect(partitionsSum([a, b])).toBe(partitionsSum([b, a]))
  expect(partitionsSum([a, b])).not.toBe(partitionsSum([a]))
})
