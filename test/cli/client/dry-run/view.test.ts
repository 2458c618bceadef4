import { expect, test } from 'vitest'
import type { DryRunEnd, DryRunEvent, DryRunRecord, ShownRecord } from '../../../../src/core/api/dry-run.js'
import { dataText } from '../../../../src/cli/client/dry-run/data-text.js'
import { beginText, endText } from '../../../../src/cli/client/dry-run/end-view.js'
import { painter } from '../../../../src/cli/client/dry-run/paint.js'
import { recordText } from '../../../../src/cli/client/dry-run/record-view.js'

const plain = { paint: painter({}, {}, true), width: 100, verbose: false }
const shown: ShownRecord = {
  topic: 'orders',
  timestamp: 0,
  key: { data: null },
  value: { data: { id: 7, note: 'it says "hi"', price: { $decimal: '12.30' } }, schema: 'struct Order' },
  headers: [],
  source: { partition: { table: 'orders' }, offset: { id: 7 } },
}
const begin: Extract<DryRunEvent, { stages: unknown }> = {
  connector: { name: 'read-orders', class: 'JdbcSource', version: '1.0.0', type: 'source', tasks: 3 },
  stages: [
    { id: 'read', kind: 'read', class: 'JdbcSource', executed: true },
    { id: 'predicate:x', kind: 'predicate', class: 'P', name: 'not big', executed: true },
    { id: 'transform:x', kind: 'transform', class: 'T', name: 'x', executed: true },
    { id: 'convert:value', kind: 'convert', class: 'C', name: 'value', executed: true },
    { id: 'write', kind: 'write', class: 'JdbcSource', executed: false },
  ],
}
const record = (...steps: DryRunRecord['steps']): DryRunRecord => ({
  record: 1,
  steps: [{ stage: 'read', value: shown, us: 0 }, ...steps],
})
const view = (...steps: DryRunRecord['steps']): string => recordText(record(...steps), begin.stages, plain)

test('a record stands with its stages one under the other, and what each has changed', () => {
  const after: ShownRecord = { ...shown, headers: [{ name: 'h', data: 1, schema: 'int8' }] }
  expect(
    view(
      { stage: 'predicate:x', matches: true, us: 1 },
      {
        stage: 'transform:x',
        value: after,
        diff: [
          { op: 'replace', path: '/topic', value: 'web-orders', was: 'orders' },
          { op: 'replace', path: '/value/data/id', value: { $int64: '9007199254740993' }, was: 7 },
          { op: 'remove', path: '/value/data/note', was: 'it says "hi"' },
          { op: 'add', path: '/value/data/a~1b', value: [1, null] },
          { op: 'replace', path: '/value/schema', value: 'struct', was: 'struct Order' },
          { op: 'add', path: '/headers/0', value: { name: 'h', data: 1, schema: 'int8' } },
        ],
        us: 1,
      },
      {
        stage: 'convert:value',
        value: after,
        diff: [{ op: 'replace', path: '/value', value: { bytes: '{"id":7}', size: 8 }, was: shown.value as never }],
        us: 1,
      },
    ),
  ).toBe(`record 1  from {table: "orders"} up to {id: 7}
  read               topic       orders
                     timestamp   1970-01-01T00:00:00.000Z
                     key         null
                     value.id    7  struct Order
                     value.note  'it says "hi"'
                     value.price  12.30
  predicate not big  true
  transform x        ~ topic  "orders" → "web-orders"
                     ~ value.id  7 → 9007199254740993
                     - value.note  'it says "hi"'
                     + value.a/b  [1, null]
                     ~ value schema  "struct Order" → "struct"
                     + header h  1  int8
  convert value      value       '{"id":7}'  8 bytes
`)
})

test('what was dropped, left out or failed says so where it happened', () => {
  expect(view({ stage: 'transform:x', dropped: 'transform x, since predicate big is false', us: 1 })).toContain(
    '  transform x        - dropped by transform x, since predicate big is false\n',
  )
  expect(view({ stage: 'transform:x', skipped: true, us: 1 })).toContain('  transform x        left out\n')
  expect(view({ stage: 'transform:x', diff: [], us: 1 })).toContain('  transform x        unchanged\n')
  const error = {
    code: 'plugin.reject',
    message: 'no',
    hint: 'Try.',
    trace: 'Error: no\n  at x\n',
    verdict: 'skip',
  } as const
  const long = { ...error, message: 'x'.repeat(300) }
  expect(view({ stage: 'transform:x', error: long, us: 1 })).toContain(long.message)
  const failed = record({ stage: 'transform:x', error, us: 1 })
  expect(recordText(failed, begin.stages, plain)).toContain(`  transform x        ✗ plugin.reject  no
                     → Try.
                     The task would leave the record out (errors.tolerance=all).
`)
  expect(recordText(failed, begin.stages, { ...plain, verbose: true })).toContain('                     Error: no\n')
})

test('nothing in a record breaks a line or steers the terminal, and lines fit it', () => {
  const nasty = { ...shown, topic: 'a\u001b[2J\nb\u202e', value: { data: `x\u009b31m${'y'.repeat(500)}` } }
  const text = recordText({ record: 1, steps: [{ stage: 'read', value: nasty, us: 0 }] }, begin.stages, plain)
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('colours are for terminals, unless somebody says otherwise', () => {
  const red = (paint: ReturnType<typeof painter>) => paint('x', 'failed') !== 'x'
  expect(red(painter({ isTTY: true }, {}, false))).toBe(true)
  expect(red(painter({}, {}, false))).toBe(false)
  expect(red(painter({}, { FORCE_COLOR: '1' }, false))).toBe(true)
  expect(red(painter({ isTTY: true }, { NO_COLOR: '1' }, false))).toBe(false)
  expect(red(painter({ isTTY: true }, { TERM: 'dumb' }, false))).toBe(false)
  expect(red(painter({ isTTY: true }, { FORCE_COLOR: '1' }, true))).toBe(false)
})

test.each([
  [{ $text: 'ab', length: 12_345 }, '"ab"… (12,345 characters)'],
  [{ $bytes: 'AP8=', length: 1_000 }, 'base64 AP8=… (1,000 bytes)'],
  [{ a: 1, $more: 3 }, '{a: 1, … 3 more}'],
  [[1, { $more: 9 }], '[1, … 9 more]'],
  [{ $map: [[1, 'x']] }, 'map [[1, "x"]]'],
  [{ $date: '1970-01-01T00:00:00.000Z' }, '1970-01-01T00:00:00.000Z'],
  [{ 'a b': "it's" }, '{"a b": "it\'s"}'],
  [null, 'null'],
])('%j reads %s', (data, text) => {
  expect(dataText(data)).toBe(text)
})

test('how it began and ended', () => {
  expect(beginText(begin, plain)).toBe(
    'read-orders  source JdbcSource 1.0.0, the first of its 3 tasks\nleft out: write\n\n',
  )
  const end: DryRunEnd = {
    read: 3,
    kept: 1,
    dropped: 1,
    failed: 1,
    wouldWriteTo: { 'web-orders': 1 },
    missingTopics: ['web-orders'],
    committed: false,
    sideEffects: ['Takes it.'],
    why: 'failed',
    ms: 12,
    error: { code: 'db.away', message: 'gone\naway', hint: 'Look.', trace: 'T', stage: 'TASK_POLL', passes: true },
  }
  expect(endText(end, 'source', plain)).toBe(`3 read: 1 kept, 1 dropped, 1 failed. Then reading failed.
It would write to web-orders (1).
Not there yet: web-orders.
✗ db.away  TASK_POLL
  gone
  away
→ Look.
A running task would try again.
Reading changed something outside: Takes it.
Nothing was written, nothing committed.
`)
})
