import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markBytes } from '../src/file-mark.js'
import { LineBuffer } from '../src/line-buffer.js'

type Line = readonly [text: string, position: number]
const line = (text: string, position: number): Line => [text, position]

/** Feeds `chunks` and returns the lines taken, `max` at a time. */
function split(chunks: readonly Uint8Array[], { max = 100, chunkBytes = 16, rest = false } = {}): Line[] {
  const lines = new LineBuffer(0, { chunkBytes, maxLineBytes: 1_000_000 })
  const found: Line[] = []
  for (const chunk of chunks)
    for (let used = 0; used < chunk.length;) {
      const count = Buffer.from(chunk).copy(lines.room(), 0, used)
      used += count
      lines.filled(count)
      for (let batch = lines.take(max, line); batch.length > 0; batch = lines.take(max, line)) {
        expect(batch.length).toBeLessThanOrEqual(max)
        found.push(...batch)
      }
    }
  const last = rest ? lines.takeRest(line) : undefined
  return last ? [...found, last] : found
}

/** The same, slowly and from the whole content: a CR at the very end is not yet a line's end. */
function reference(content: Buffer): Line[] {
  const found: Line[] = []
  let start = 0
  for (let at = 0; at < content.length; at++) {
    const byte = content[at]
    if (byte !== 10 && byte !== 13) continue
    if (byte === 13 && at === content.length - 1) break
    const end = at
    if (byte === 13 && content[at + 1] === 10) at++
    found.push([content.toString('utf8', start, end), at + 1])
    start = at + 1
  }
  return found
}

const text = (content: string): Uint8Array[] => [Buffer.from(content)]

describe('line ends', () => {
  test('LF, CRLF and CR each end a line, and positions count their bytes', () => {
    expect(split(text('a\nbb\r\nc\rd\n'))).toEqual([
      ['a', 2],
      ['bb', 6],
      ['c', 8],
      ['d', 10],
    ])
  })

  test('empty lines are lines', () => {
    expect(split(text('\n\r\r\n\n')).map(([value]) => value)).toEqual(['', '', '', ''])
  })

  test('a last line without a terminator waits', () => {
    expect(split(text('a\nb'))).toEqual([['a', 2]])
  })

  test('a CR at the end of the data waits for the next byte', () => {
    expect(split(text('a\r'))).toEqual([])
    expect(split([...text('a\r'), ...text('\nb\n')])).toEqual([
      ['a', 3],
      ['b', 5],
    ])
    expect(split([...text('a\r'), ...text('b\n')])).toEqual([
      ['a', 2],
      ['b', 4],
    ])
  })

  test('at the end of the input the rest is a line, without a CR that ends it', () => {
    expect(split(text('a\nb'), { rest: true })).toEqual([
      ['a', 2],
      ['b', 3],
    ])
    expect(split(text('a\r'), { rest: true })).toEqual([['a', 2]])
    expect(split(text('a\n'), { rest: true })).toEqual([['a', 2]])
  })
})

test('however the content is cut, lines and positions are those of the whole', () => {
  const piece = fc.oneof(
    fc
      .constantFrom('\n', '\r', '\r\n', 'a', 'äöü', '漢字', '😀', '\uFEFF', 'x'.repeat(40))
      .map(part => Buffer.from(part)),
    fc.uint8Array({ maxLength: 6 }).map(bytes => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 64 }),
      (pieces, sizes, max, chunkBytes) => {
        const content = Buffer.concat(pieces)
        const chunks: Buffer[] = []
        for (let at = 0, turn = 0; at < content.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          chunks.push(content.subarray(at, at + size))
          at += size
        }
        expect(split(chunks, { max, chunkBytes })).toEqual(reference(content))
      },
    ),
    { numRuns: 500 },
  )
})

test('a buffer made for a position gives the same lines as one that read up to it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bb\n', '\r\n', 'ü', '\r'), { maxLength: 400 }), parts => {
      const content = Buffer.from(parts.join(''))
      const all = reference(content)
      const from = all[Math.floor(all.length / 2)]?.[1] ?? 0
      const lines = new LineBuffer(from, { chunkBytes: 32, maxLineBytes: 1_000 })
      const found: Line[] = []
      while (lines.readTo < content.length) {
        lines.filled(content.copy(lines.room(), 0, lines.readTo))
        found.push(...lines.take(1_000, line))
      }
      expect(found).toEqual(all.filter(([, position]) => position > from))
      expect(lines.lastRead).toEqual(content.subarray(Math.max(0, content.length - markBytes)))
    }),
  )
})

test('the bytes before the last finished line stay at hand, however much was read', () => {
  const content = Buffer.from(Array.from({ length: 500 }, (_, number) => `line ${number}\n`).join('') + 'rest')
  const lines = new LineBuffer(0, { chunkBytes: 64, maxLineBytes: 1_000 })
  while (lines.readTo < content.length) {
    lines.filled(content.copy(lines.room(), 0, lines.readTo))
    expect(lines.beforeLinesTo).toEqual(content.subarray(Math.max(0, lines.linesTo - markBytes), lines.linesTo))
    lines.take(1_000, line)
  }
  expect(lines.linesTo).toBe(content.length - 4)
})

describe('long lines', () => {
  test('a line longer than the buffer gets more room, which is given back after it', () => {
    const long = 'y'.repeat(50_000)
    expect(split(text(`a\n${long}\nb\n`), { chunkBytes: 64 }).map(([value]) => value)).toEqual(['a', long, 'b'])
    const lines = new LineBuffer(0, { chunkBytes: 64, maxLineBytes: 100_000 })
    const feed = (content: string): void => {
      const bytes = Buffer.from(content)
      for (let used = 0; used < bytes.length;) {
        const count = bytes.copy(lines.room(), 0, used)
        used += count
        lines.filled(count)
        lines.take(100, line)
      }
    }
    feed(`${long}\n`)
    expect(lines.room().length).toBeLessThanOrEqual(64 + 2 * markBytes)
  })

  test('an unfinished line beyond the limit fails before it fills the memory', () => {
    const lines = new LineBuffer(0, { chunkBytes: 64, maxLineBytes: 100 })
    const feed = (): void => {
      for (;;) lines.filled(lines.room().fill('x').length)
    }
    expect(feed).toThrow('The line at byte 0 is longer than 100 bytes.')
  })

  test('a finished line beyond the limit fails too, after those before it', () => {
    const lines = new LineBuffer(0, { chunkBytes: 64, maxLineBytes: 10 })
    lines.filled(Buffer.from('short\nfar too long a line\n').copy(lines.room()))
    expect(lines.take(1, line)).toEqual([['short', 6]])
    expect(() => lines.take(1, line)).toThrow('The line at byte 6 is longer than 10 bytes.')
  })
})

test('bytes that are no UTF-8 become U+FFFD and move no line end', () => {
  expect(split([Buffer.from([0x61, 0xff, 0x0a, 0xe6, 0xbc, 0x0a, 0xf0, 0x9f, 0x0d, 0x0a])])).toEqual([
    ['a\uFFFD', 3],
    ['\uFFFD', 6],
    ['\uFFFD', 10],
  ])
})
