import { unavailable, type RawRow } from '@millrace/relational'
import { expect, test } from 'vitest'
import { decodePgoutput } from '../src/pgoutput.js'

/** Rows as the server writes them: null, what was not sent, texts. */
function tuple(row: RawRow): Buffer {
  const count = Buffer.alloc(2)
  count.writeUInt16BE(row.length)
  const values = row.map(value => {
    if (value === null) return Buffer.from('n')
    if (value === unavailable) return Buffer.from('u')
    const text = Buffer.from(value)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    return Buffer.concat([Buffer.from('t'), length, text])
  })
  return Buffer.concat([count, ...values])
}

const relation = (id: number): Buffer => Buffer.from([id >>> 24, (id >> 16) & 255, (id >> 8) & 255, id & 255])
const message = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))

const rows: readonly RawRow[] = [
  [],
  ['1', null, 'shipped', unavailable, ''],
  ['1', 'Zoë', '日本', '\u{1f600}', 'plain'],
  ['x'.repeat(127), 'y'.repeat(128), 'z'.repeat(70_000)],
  [null, unavailable, null],
]

test.each(rows.map(row => ({ row })))('rows of ASCII and of any other text: %j', ({ row }) => {
  // Numbers of relations have bytes beyond ASCII too.
  expect(decodePgoutput(message('I', relation(4_294_967_295), 'N', tuple(row)))).toEqual({
    type: 'insert',
    relation: 4_294_967_295,
    row,
  })
})

test('of a change of a row both rows are read, whichever of them has other texts', () => {
  const [plain, other] = [['1', 'plain'] as RawRow, ['2', 'Zoë'] as RawRow]
  for (const [before, after] of [
    [plain, other],
    [other, plain],
    [other, other],
  ] as const)
    expect(decodePgoutput(message('U', relation(16_385), 'O', tuple(before), 'N', tuple(after)))).toEqual({
      type: 'update',
      relation: 16_385,
      old: { isWhole: true, row: before },
      row: after,
    })
})

test('what is read keeps nothing of the bytes, which are used again', () => {
  const bytes = message('I', relation(1), 'N', tuple(['abcdefghijklmnopqrstuvwxyz', 'Zoë']))
  const ascii = message('I', relation(1), 'N', tuple(['abcdefghijklmnopqrstuvwxyz']))
  const read = [decodePgoutput(bytes), decodePgoutput(ascii)]
  bytes.fill(0)
  ascii.fill(0)
  expect(read).toMatchObject([{ row: ['abcdefghijklmnopqrstuvwxyz', 'Zoë'] }, { row: ['abcdefghijklmnopqrstuvwxyz'] }])
})
