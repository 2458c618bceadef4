import { expect, test } from 'vitest'
import { Bench, line, sourceOf } from './fixture.js'

/** A line each 20 ms, then the input stays open. */
const dripping = (producer: Record<string, string>) =>
  sourceOf(
    async function* ({ signal, sleep }) {
      for (let position = 0; position < 10; position++) {
        yield line(position)
        await sleep(20)
      }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    },
    { producer },
  )

/** When records were appended, milliseconds from the start. */
async function appendsOf(producer: Record<string, string>) {
  const seen: number[] = []
  const bench: Bench = new Bench({
    fault: {
      append: (_, writer) => {
        if (writer === 'connector-producer-c-0') seen.push(bench.clock.now() - began)
      },
    },
  })
  const began = bench.clock.now()
  const running = await bench.source(dripping(producer))
  await bench.clock.advance(1_000)
  await running.drain()
  expect(await bench.values('t')).toEqual(Array.from({ length: 10 }, (_, position) => `v${position}`))
  return seen
}

test('unasked, what was read is sent at once while the log has nothing to do', async () => {
  expect(await appendsOf({})).toHaveLength(10)
})

test('with linger.ms a unit waits so long for more, counted from its first record', async () => {
  expect(await appendsOf({ 'linger.ms': '50' })).toEqual([50, 110, 170, 230])
})

test('a unit of batch.size waits no longer', async () => {
  const appends = await appendsOf({ 'linger.ms': '5000', 'batch.size': '1' })
  expect(appends).toHaveLength(10)
})

test('a pause or a stop waits for no linger', async () => {
  const bench = new Bench()
  const running = await bench.source(dripping({ 'linger.ms': '5000' }))
  await bench.clock.advance(50)
  expect(await bench.values('t')).toEqual([])
  await running.drain()
  expect(await bench.values('t')).toEqual(['v0', 'v1', 'v2', 'v3'])
  expect(await bench.committed()).toEqual({ position: 3 })
})
