import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ActorRef, Reply } from '../../src/actor/index.js'
import { TestSystem } from '../../src/testkit/index.js'

type Message = { readonly type: 'double'; readonly n: number; readonly reply: Reply<number> }

let kit: TestSystem
beforeEach(() => {
  kit = new TestSystem()
})
afterEach(() => kit.stop())

const double = (n: number) => (reply: Reply<number>) => ({ type: 'double', n, reply }) as const

/** The error that `promise` fails with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )

/** Keeps questions, unanswered. */
function silent(id = 'silent', mailbox = {}): { ref: ActorRef<Message>; kept: Message[] } {
  const kept: Message[] = []
  return { ref: kit.spawn<Message>(id, () => ({ receive: message => void kept.push(message) }), { mailbox }), kept }
}

test('an ask is answered', async () => {
  const ref = kit.spawn<Message>('doubler', () => ({ receive: ({ n, reply }) => reply.ok(n * 2) }))
  expect(await ref.ask(double(21), { timeoutMs: 10 })).toBe(42)
  expect(kit.clock.pendingTimers).toBe(0)
})

test('an ask fails with what it is answered', async () => {
  const ref = kit.spawn<Message>('a', () => ({ receive: ({ reply }) => reply.fail(new Error('odd')) }))
  await expect(ref.ask(double(1), { timeoutMs: 10 })).rejects.toThrow('odd')
})

test('only the first answer counts', async () => {
  const ref = kit.spawn<Message>('a', () => ({
    receive({ reply }) {
      reply.ok(1)
      reply.ok(2)
      reply.fail(new Error('late'))
    },
  }))
  expect(await ref.ask(double(1), { timeoutMs: 10 })).toBe(1)
})

test('no answer within the deadline: actor.ask_timeout, and a late answer does nothing', async () => {
  const { ref, kept } = silent()
  const failed = failure(ref.ask(double(1), { timeoutMs: 1_000 }))
  await kit.advance(999)
  expect(kit.clock.pendingTimers).toBe(1)
  await kit.advance(1)
  expect(await failed).toMatchObject({ code: 'actor.ask_timeout', message: 'silent did not answer within 1000 ms.' })
  kept[0]?.reply.ok(1)
})

test('an abort ends the ask', async () => {
  const { ref } = silent()
  const abort = new AbortController()
  const failed = failure(ref.ask(double(1), { timeoutMs: 1_000, signal: abort.signal }))
  abort.abort(new Error('enough'))
  expect(await failed).toMatchObject({ code: 'actor.aborted', cause: { message: 'enough' } })
  expect(kit.clock.pendingTimers).toBe(0)
})

test('an ask with an aborted signal sends nothing', async () => {
  const { ref, kept } = silent()
  expect(await failure(ref.ask(double(1), { timeoutMs: 1_000, signal: AbortSignal.abort() }))).toMatchObject({
    code: 'actor.aborted',
  })
  await kit.settle()
  expect(kept).toEqual([])
})

test('the wait for room counts against the deadline, and an ask that gave up is not delivered', async () => {
  let open = (): void => {}
  const asked: number[] = []
  const ref = kit.spawn<Message>(
    'a',
    () => ({
      receive({ n }) {
        asked.push(n)
        return new Promise<void>(resolve => (open = resolve))
      },
    }),
    { mailbox: { control: 1 } },
  )
  const asks = [0, 1, 2].map(n => failure(ref.ask(double(n), { timeoutMs: 100 * (3 - n) })))
  await kit.advance(100)
  expect(await asks[2]).toMatchObject({ code: 'actor.ask_timeout' })
  open()
  await kit.settle()
  open()
  await kit.settle()
  expect(asked).toEqual([0, 1])
  await kit.advance(200)
})

test('asking a stopped actor fails at once', async () => {
  const ref = kit.spawn<Message>('a', context => ({ receive() {}, started: () => context.stop() }))
  await kit.settle()
  expect(await failure(ref.ask(double(1), { timeoutMs: 1_000 }))).toMatchObject({ code: 'actor.stopped' })
})

test('an ask fails when the actor stops without having answered, taken or not', async () => {
  const ref = kit.spawn<Message>('a', context => ({ receive: ({ n }) => (n === 1 ? context.stop() : undefined) }))
  const failed = [0, 1, 2].map(n => failure(ref.ask(double(n), { timeoutMs: 1_000 })))
  await kit.settle()
  for (const error of await Promise.all(failed)) expect(error).toMatchObject({ code: 'actor.stopped' })
  expect(kit.eventsOf('undelivered')).toMatchObject([{ message: { n: 2 }, why: 'left' }])
  expect(kit.clock.pendingTimers).toBe(0)
})

test('a crash fails the asks that were taken, at once, and spares those still in the mailbox', async () => {
  const ref = kit.spawn<Message>(
    'a',
    ({ restarts }) => ({
      receive({ n, reply }) {
        if (restarts > 0) reply.ok(n * 2)
        else if (n === 1) throw new Error('no')
      },
    }),
    { restart: 'permanent', budget: { max: 1, periodMs: 1_000, exhausted: 'park' } },
  )
  const [kept, crashing, waiting] = [0, 1, 2].map(n => ref.ask(double(n), { timeoutMs: 5_000 })) as [
    Promise<number>,
    Promise<number>,
    Promise<number>,
  ]
  const failed = [failure(kept), failure(crashing)]
  await kit.settle()
  for (const error of await Promise.all(failed))
    expect(error).toMatchObject({ code: 'actor.crashed', cause: { message: 'no' } })
  await kit.advance(1_000)
  expect(await waiting).toBe(4)
})
