import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestSystem } from '../../src/testkit/index.js'

let kit: TestSystem
beforeEach(() => {
  kit = new TestSystem()
})
afterEach(() => kit.stop())

test('a probe gives what it is told, in order, and records all', async () => {
  const probe = kit.probe<string>()
  await probe.ref.tell('a')
  await probe.ref.tell('b')
  expect(await probe.next()).toBe('a')
  expect(await probe.next()).toBe('b')
  expect(probe.messages).toEqual(['a', 'b'])
})

test('waiting for a message moves virtual time as far as needed', async () => {
  const probe = kit.probe<string>()
  kit.spawn<'tick'>('a', context => ({
    started: () => void context.once(500, 'tick'),
    receive: () => probe.ref.tell('late'),
  }))
  await expect(probe.next(499)).rejects.toThrow('probe-1 was told nothing more within 499 ms, after 0 messages')
  expect(await probe.next(10_000)).toBe('late')
  expect(kit.clock.now()).toBe(500)
})

test('nothing fails when there is something', async () => {
  const probe = kit.probe<string>()
  await probe.nothing(100)
  await probe.ref.tell('a')
  await expect(probe.nothing()).rejects.toThrow('probe-1 was told "a"')
})

test('two runs of the same system go the same way', async () => {
  const run = async (): Promise<unknown> => {
    const kit = new TestSystem({ seed: 5 })
    const ref = kit.spawn<Error>(
      'flaky',
      () => ({
        receive(error) {
          throw error
        },
      }),
      { restart: 'permanent', budget: { max: 5, periodMs: 1e6, exhausted: 'park' } },
    )
    for (let n = 0; n < 8; n++) void ref.tell(new Error(`x${n}`))
    await kit.clock.runUntilIdle()
    await kit.stop()
    return JSON.stringify(kit.events)
  }
  const first = await run()
  expect(first).toContain('"parked"')
  expect(await run()).toBe(first)
})
