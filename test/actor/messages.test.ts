import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActorRef } from '../../src/actor/index.js'
import { TestSystem } from '../../src/testkit/index.js'

type Message = { readonly type: 'n'; readonly n: number }
const n = (n: number): Message => ({ type: 'n', n })

let kit: TestSystem
beforeEach(() => {
  kit = new TestSystem()
})
afterEach(() => kit.stop())

/** An actor that takes a message only when the test opens its gate. */
function gated(bounds: { control?: number; data?: number }): {
  ref: ActorRef<Message>
  taken: number[]
  open: () => Promise<void>
} {
  const taken: number[] = []
  const gates: (() => void)[] = []
  const ref = kit.spawn<Message>(
    'gated',
    () => ({
      receive(message) {
        taken.push(message.n)
        return new Promise<void>(resolve => gates.push(resolve))
      },
    }),
    { mailbox: bounds },
  )
  return {
    ref,
    taken,
    open: () => {
      gates.shift()?.()
      return kit.settle()
    },
  }
}

/** Whether a promise has been fulfilled by now. */
function watched(promise: Promise<unknown>): { done: boolean; error: unknown } {
  const state: { done: boolean; error: unknown } = { done: false, error: undefined }
  promise.then(
    () => (state.done = true),
    (error: unknown) => (state.error = error),
  )
  return state
}

test('messages are processed in the order told, one at a time', async () => {
  const log: string[] = []
  const ref = kit.spawn<Message>('a', () => ({
    async receive({ n }) {
      log.push(`begin ${n}`)
      await Promise.resolve()
      log.push(`end ${n}`)
    },
  }))
  for (let i = 0; i < 3; i++) await ref.tell(n(i))
  await kit.settle()
  expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
})

test('the control lane overtakes the data lane', async () => {
  const { ref, taken, open } = gated({})
  await ref.tell(n(0))
  await kit.settle()
  await ref.tell(n(1))
  await ref.tell(n(2), { lane: 'control' })
  for (let i = 0; i < 3; i++) await open()
  expect(taken).toEqual([0, 2, 1])
})

describe('back-pressure (I6)', () => {
  test('a full lane makes the sender wait, and lets it go on when there is room', async () => {
    const { ref, taken, open } = gated({ data: 1 })
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    const third = watched(ref.tell(n(2)))
    expect(ref.tryTell(n(3))).toBe(false)
    await kit.settle()
    expect(third.done).toBe(false)
    await open()
    expect(third.done).toBe(true)
    await open()
    await open()
    expect(taken).toEqual([0, 1, 2])
  })

  test('a full data lane leaves the control lane open', async () => {
    const { ref } = gated({ data: 1 })
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    expect(ref.tryTell(n(2), 'data')).toBe(false)
    expect(ref.tryTell(n(3), 'control')).toBe(true)
  })

  test('a sender that waits can give up: its message is not taken', async () => {
    const { ref, taken, open } = gated({ data: 1 })
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    const abort = new AbortController()
    const third = watched(ref.tell(n(2), { signal: abort.signal }))
    const fourth = watched(ref.tell(n(3)))
    abort.abort(new Error('enough'))
    await kit.settle()
    expect(third.error).toMatchObject({ code: 'actor.aborted', cause: { message: 'enough' } })
    for (let i = 0; i < 3; i++) await open()
    expect(fourth.done).toBe(true)
    expect(taken).toEqual([0, 1, 3])
    const fifth = watched(ref.tell(n(4), { signal: abort.signal }))
    await open()
    expect(fifth.done).toBe(true)
  })

  test('aborting after the message was taken changes nothing', async () => {
    const { ref, taken, open } = gated({ data: 1 })
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    const abort = new AbortController()
    const third = watched(ref.tell(n(2), { signal: abort.signal }))
    await open()
    abort.abort()
    await open()
    await open()
    expect(third).toEqual({ done: true, error: undefined })
    expect(taken).toEqual([0, 1, 2])
  })

  test('a hundred senders in front of a small mailbox all get through, in their order', async () => {
    const taken: number[] = []
    const ref = kit.spawn<Message>(
      'small',
      () => ({
        async receive({ n }) {
          await Promise.resolve()
          taken.push(n)
        },
      }),
      { mailbox: { data: 2 } },
    )
    await Promise.all(Array.from({ length: 100 }, (_, i) => ref.tell(n(i))))
    await kit.settle()
    expect(taken).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})

describe('undelivered messages', () => {
  test('told to a stopped actor: counted and shown, and the sender does not wait', async () => {
    const ref = kit.spawn<Message>('a', context => ({ receive: () => context.stop() }))
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    expect(ref.tryTell(n(2), 'control')).toBe(true)
    expect(kit.eventsOf('undelivered')).toEqual([
      { type: 'undelivered', path: 'a', id: 'a', lane: 'data', message: n(1), why: 'stopped' },
      { type: 'undelivered', path: 'a', id: 'a', lane: 'control', message: n(2), why: 'stopped' },
    ])
  })

  test('left in the mailbox at the end, with those of waiting senders, who go on', async () => {
    const { ref, open } = gated({ data: 1 })
    await ref.tell(n(0))
    await kit.settle()
    await ref.tell(n(1))
    const waiting = watched(ref.tell(n(2)))
    const ended = kit.stop()
    await open()
    await ended
    expect(waiting.done).toBe(true)
    expect(kit.eventsOf('undelivered').map(({ message, why }) => [message, why])).toEqual([
      [n(1), 'left'],
      [n(2), 'left'],
    ])
  })

  test('the message that crashed its actor', async () => {
    const ref = kit.spawn<Message>('a', () => ({
      receive() {
        throw new Error('no')
      },
    }))
    await ref.tell(n(0))
    await kit.settle()
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: n(0), why: 'crashed' }])
  })
})

test('messages told before an actor has started wait for it', async () => {
  const seen: number[] = []
  let start = (): void => {}
  const ref = kit.spawn<Message>('a', () => ({
    started: () => new Promise<void>(resolve => (start = resolve)),
    receive: ({ n }) => void seen.push(n),
  }))
  await ref.tell(n(1))
  await kit.settle()
  expect(seen).toEqual([])
  start()
  await kit.settle()
  expect(seen).toEqual([1])
})

test('actors take turns: a busy one does not keep the others from theirs', async () => {
  const order: string[] = []
  const make = (id: string): ActorRef<Message> => kit.spawn<Message>(id, () => ({ receive: () => void order.push(id) }))
  const [busy, other] = [make('busy'), make('other')]
  for (let i = 0; i < 1_000; i++) busy.tryTell(n(i))
  other.tryTell(n(0))
  await kit.settle()
  expect(order.indexOf('other')).toBeLessThan(100)
  expect(order).toHaveLength(1_001)
})

test('metrics show what an actor has done and what waits for it', async () => {
  const { ref, open } = gated({ data: 2, control: 3 })
  await ref.tell(n(0))
  await kit.advance(10)
  await ref.tell(n(1))
  await ref.tell(n(2), { lane: 'control' })
  await kit.advance(5)
  await ref.tell(n(3))
  void ref.tell(n(4))
  await kit.advance(5)
  expect(kit.system.snapshot()).toEqual([
    {
      id: 'gated',
      path: 'gated',
      state: 'running',
      restarts: 0,
      control: { depth: 1, capacity: 3, waiting: 0, oldestMs: 10 },
      data: { depth: 2, capacity: 2, waiting: 1, oldestMs: 10 },
      stashed: 0,
      processed: 0,
      busyMs: 0,
      currentMs: 20,
      undelivered: 0,
      children: [],
    },
  ])
  await open()
  expect(kit.system.snapshot()).toMatchObject([{ processed: 1, busyMs: 20, currentMs: 0, control: { depth: 0 } }])
})
