import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MetricFamily } from '../../src/core/api/metrics.js'
import { exposition, slicedExposition } from '../../src/rest/exposition.js'
import { readExposition } from './exposition-parser.js'

const text = (families: readonly MetricFamily[]): string => [...exposition(families)].join('')
const one = (value: number, labels: Record<string, string> = {}, help = 'Help') =>
  text([{ name: 'a_b', type: 'gauge', help, samples: [{ labels, value }] }])

test('a family is written with its help, its type and its samples', () => {
  expect(
    text([
      {
        name: 'a_total',
        type: 'counter',
        help: 'As',
        samples: [
          { labels: { x: '1', y: '' }, value: 3 },
          { labels: {}, value: 0.5 },
        ],
      },
    ]),
  ).toBe('# HELP a_total As\n# TYPE a_total counter\na_total{x="1",y=""} 3\na_total 0.5\n')
})

test('a label that one sample has alone stands behind those that it shares', () => {
  const labels = { task: '0' }
  const samples = [
    { labels, value: 1, also: ['status', 'a "b"'] },
    { labels, value: 2 },
    { labels: {}, value: 3, also: ['status', 'c'] },
  ] as const
  expect(text([{ name: 'm', type: 'gauge', help: 'M', samples }])).toBe(
    '# HELP m M\n# TYPE m gauge\nm{task="0",status="a \\"b\\""} 1\nm{task="0"} 2\nm{status="c"} 3\n',
  )
})

test('a histogram is its cumulative buckets, its sum and its count, under one name', () => {
  const labels = { task: '0' }
  const samples = [
    { labels, value: 1, also: ['le', '0.5'], series: '_bucket' },
    { labels, value: 3, also: ['le', '+Inf'], series: '_bucket' },
    { labels, value: 7.5, series: '_sum' },
    { labels, value: 3, series: '_count' },
  ] as const
  const written = text([{ name: 'h', type: 'histogram', help: 'H', samples }])
  expect(written).toBe(
    '# HELP h H\n# TYPE h histogram\nh_bucket{task="0",le="0.5"} 1\nh_bucket{task="0",le="+Inf"} 3\nh_sum{task="0"} 7.5\nh_count{task="0"} 3\n',
  )
  expect(readExposition(written).get('h')?.samples).toHaveLength(4)
})

test('much of it comes in pieces, and others have their turn between them', async () => {
  const samples = Array.from({ length: 200_000 }, (_, i) => ({ labels: { i: String(i) }, value: i }))
  const families: readonly MetricFamily[] = [{ name: 'm', type: 'gauge', help: 'M', samples }]
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const pieces: string[] = []
  for await (const piece of slicedExposition(families)) pieces.push(piece)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000)
  expect(pieces.join('')).toBe(text(families))
})

test('numbers that are none have names of their own', () => {
  expect([NaN, Infinity, -Infinity, 1e21, -0].map(value => one(value).split(' ').at(-1)?.trim())).toEqual([
    'NaN',
    '+Inf',
    '-Inf',
    '1e+21',
    '0',
  ])
})

test('any label value and any help comes back as it was: quotes, backslashes, line ends, emoji', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', 'n', '{', '}', ',', '=', ' ', '🙂', 'ü', 'a') }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', ' ', '🙂', 'a') }),
      fc.double(),
      (label, help, value) => {
        const family = readExposition(one(value, { name: label }, help)).get('a_b')
        expect(family?.help).toBe(help)
        expect(family?.samples[0]?.labels.get('name')).toBe(label)
        // The text form has one zero.
        expect(family?.samples[0]?.value).toBe(value === 0 ? 0 : value)
      },
    ),
  )
})

test.each([
  ['a_b{x="1} 2\n', 'no label value'],
  ['a_b{x="a\\q"} 2\n', 'no label value'],
  ['a_b{x="1" y="2"} 2\n', 'labels do not end'],
  ['a-b 2\n', 'no value'],
  ['a_b two\n', 'no value'],
  ['a_b 2', 'does not end'],
  ['a_b 1\na_c 1\na_b{x="1"} 1\n', 'do not stand together'],
  ['a_b 1\na_b 2\n', 'two samples'],
  ['a_b 1\n# TYPE a_b gauge\n', 'after its samples'],
  ['# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n', 'not cumulative'],
  ['# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n', 'no bucket for all'],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n', 'counts otherwise'],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n', '0 samples _sum'],
  ['# TYPE h histogram\nh_bucket{le="2"} 1\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n', 'out of order'],
])('the parser of these tests refuses %j: %s', (text, why) => {
  expect(() => readExposition(text)).toThrow(why)
})
