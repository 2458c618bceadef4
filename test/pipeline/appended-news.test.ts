import { expect, test } from 'vitest'
import type { Appended } from '../../src/plugin/index.js'
import type { OffsetMap } from '../../src/core/offset.js'
import { Bench, line, sourceOf } from './fixture.js'

type News = Appended<OffsetMap, OffsetMap>

const told = (news: readonly News[]) =>
  news.map(({ positions, ranges }) => [
    positions.map(({ offset }) => offset['position']),
    ranges.filter(({ topic }) => topic === 't').map(({ first, last }) => [first, last]),
  ])

/** Three yields, one after the other. */
const source = (news: News[], transactions = false) =>
  sourceOf(
    async function* ({ onAppended, sleep, signal }) {
      onAppended(appended => void news.push(appended))
      for (const page of [[line(0), line(1)], [line(2)], [line(3), line(4)]]) {
        yield page
        await sleep(1_000)
      }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    },
    transactions ? { transactions: { id: 'group-c-0', boundary: { type: 'interval', intervalMs: 1_500 } } } : {},
  )

test('a plugin hears where its records stand, with how far it has come', async () => {
  const bench = new Bench()
  const news: News[] = []
  const running = await bench.source(source(news))
  await bench.clock.advance(5_000)
  await running.drain()
  expect(told(news)).toEqual([
    [[1], [[0, 1]]],
    [[2], [[2, 2]]],
    [[4], [[3, 4]]],
  ])
})

test('of a transaction it hears once it has ended, of all of it', async () => {
  const bench = new Bench({ transactions: true })
  const news: News[] = []
  const running = await bench.source(source(news, true))
  await bench.clock.advance(1_400)
  expect(news).toEqual([])
  await bench.clock.advance(5_000)
  await running.drain()
  const [first, ...later] = told(news)
  expect(first).toEqual([[2], [[0, 2]]])
  expect(later.map(([positions]) => positions)).toEqual([[4]])
})

test('what it throws is logged, and harms nothing', async () => {
  const bench = new Bench()
  const definition = sourceOf(async function* ({ onAppended }) {
    onAppended(() => {
      throw new Error('did not listen')
    })
    yield [line(0)]
    yield [line(1)]
  })
  const running = await bench.source(definition)
  await bench.clock.advance(100)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect(await bench.values('t')).toEqual(['v0', 'v1'])
  expect(bench.lines.map(({ message }) => message)).toContain('The connector failed to hear where its records stand')
})
