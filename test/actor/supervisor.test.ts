import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  supervisor,
  type ActorContext,
  type ActorFactory,
  type ActorRef,
  type AnyChildSpec,
  type ChildSpec,
  type SupervisionPolicy,
  type SupervisorMessage,
} from '../../src/actor/index.js'
import { MillraceError } from '../../src/core/error.js'
import { sleep } from '../../src/ports/clock.js'
import { TestSystem } from '../../src/testkit/index.js'

const policy: SupervisionPolicy = {
  strategy: 'one_for_one',
  intensity: { max: 3, periodMs: 10_000 },
  backoff: { minMs: 100, maxMs: 1_000, jitter: 0, resetMs: 60_000 },
  order: 'sequential',
}

let kit: TestSystem
let log: string[]
beforeEach(() => {
  kit = new TestSystem()
  log = []
})
afterEach(() => kit.stop())

type Message = 'work' | Error

/** Logs its life with the time; an `Error` told to it is thrown; starting and stopping take `takesMs`. */
function child(id: string, changes: Partial<ChildSpec<Message>> = {}, takesMs = 0): ChildSpec<Message> {
  const note = (what: string): void => void log.push(`${kit.clock.now()} ${id} ${what}`)
  const start: ActorFactory<Message> = ({ clock }) => ({
    async started() {
      if (takesMs > 0) await sleep(clock, takesMs)
      note('up')
    },
    receive(message) {
      if (message instanceof Error) throw message
      note(message)
    },
    async stopped() {
      if (takesMs > 0) await sleep(clock, takesMs)
      note('down')
    },
  })
  return { restart: 'permanent', shutdown: { stopMs: 1_000 }, start, id, ...changes }
}

/** A supervisor as top actor, its context, and the refs of its children. */
function supervise(supervision: Partial<SupervisionPolicy>, ...children: AnyChildSpec[]) {
  const start = supervisor({ ...policy, ...supervision }, children)
  let context: ActorContext<SupervisorMessage> | undefined
  const ref = kit.spawn<SupervisorMessage>('top', made => {
    context = made
    return start(made)
  })
  return {
    ref,
    tell: (id: string, message: Message): Promise<void> =>
      (context?.child(id) as ActorRef<Message> | undefined)?.tell(message) ?? Promise.reject(new Error(`no ${id}`)),
  }
}

const snapshotOf = (id: string) => kit.system.snapshot()[0]?.children.find(child => child.id === id)

describe('order', () => {
  test('children start one after the other, and the supervisor has started when they have', async () => {
    supervise({}, child('a', {}, 10), child('b', {}, 20), child('c'))
    let started = false
    void kit.system.started().then(() => (started = true))
    await kit.advance(29)
    expect(started).toBe(false)
    await kit.advance(1)
    expect(log).toEqual(['10 a up', '30 b up', '30 c up'])
    expect(started).toBe(true)
  })

  test('they stop in reverse, one after the other', async () => {
    supervise({}, child('a', {}, 10), child('b', {}, 20))
    await kit.advance(30)
    await kit.stop()
    expect(log.slice(2)).toEqual(['50 b down', '60 a down'])
  })

  test('concurrent ones do not wait for each other, up or down', async () => {
    supervise({ order: 'concurrent' }, child('a', {}, 30), child('b', {}, 10))
    await kit.advance(30)
    await kit.stop()
    expect(log).toEqual(['10 b up', '30 a up', '40 b down', '60 a down'])
  })

  test('a supervisor can be stopped while its children are still starting', async () => {
    const slow: ActorFactory<never> = ({ clock, signal }) => ({
      started: () => sleep(clock, 3_600_000, signal),
      receive() {},
    })
    supervise({}, child('a'), { id: 'b', restart: 'permanent', shutdown: { stopMs: 1_000 }, start: slow }, child('c'))
    await kit.settle()
    await kit.system.stop()
    expect(log).toEqual(['0 a up', '0 a down'])
    expect(kit.clock.now()).toBe(0)
    expect(kit.eventsOf('overran')).toEqual([])
  })

  test('a child that hangs in its stop is abandoned, and the others still stop', async () => {
    const hangs: AnyChildSpec = {
      id: 'hangs',
      restart: 'permanent',
      shutdown: { stopMs: 500 },
      start: () => ({ receive() {}, stopped: () => new Promise(() => {}) }),
    }
    supervise({}, child('a'), hangs)
    await kit.settle()
    await kit.stop()
    expect(log).toEqual(['0 a up', '500 a down'])
    expect(kit.eventsOf('overran')).toMatchObject([{ path: 'top/hangs', step: 'stop' }])
  })
})

describe('restarts', () => {
  test('messages told during the back-off wait for the next life', async () => {
    const { tell } = supervise({}, child('a'))
    await kit.settle()
    await tell('a', new Error('x'))
    await kit.settle()
    expect(snapshotOf('a')).toMatchObject({
      state: 'backoff',
      restartInMs: 100,
      restarts: 1,
      lastError: { code: 'internal', message: 'x' },
      undelivered: 1,
    })
    await tell('a', 'work')
    await kit.advance(100)
    expect(log).toEqual(['0 a up', '0 a down', '100 a up', '100 a work'])
    expect(snapshotOf('a')).toMatchObject({ state: 'running', restarts: 1, lastError: { message: 'x' }, processed: 1 })
  })

  test('the mailbox stays bounded meanwhile: senders wait (I6)', async () => {
    const { tell } = supervise({}, child('a', { mailbox: { data: 2 } }))
    await kit.settle()
    await tell('a', new Error('x'))
    await kit.settle()
    let told = 0
    const sending = [1, 2, 3].map(() => tell('a', 'work').then(() => told++))
    await kit.advance(99)
    expect(told).toBe(2)
    await kit.advance(1)
    await Promise.all(sending)
    expect(log.filter(line => line.endsWith('work'))).toHaveLength(3)
  })

  test('who, why, how often and how long is published', async () => {
    const { tell } = supervise({}, child('a'))
    await kit.settle()
    const error = new Error('x')
    await tell('a', error)
    await kit.advance(100)
    expect(kit.events.filter(event => event.path === 'top/a' && event.type !== 'undelivered')).toEqual([
      { type: 'started', path: 'top/a', id: 'a', restarts: 0 },
      {
        type: 'restarting',
        path: 'top/a',
        id: 'a',
        cause: { kind: 'failed', error },
        restarts: 1,
        inMs: 100,
        counted: true,
      },
      { type: 'started', path: 'top/a', id: 'a', restarts: 1 },
    ])
  })

  test('rest_for_one: those that started later go down and up with it', async () => {
    const { tell } = supervise({ strategy: 'rest_for_one' }, child('a'), child('b'), child('c'), child('d'))
    await kit.settle()
    log = []
    await tell('b', new Error('x'))
    await tell('d', 'work')
    await kit.advance(100)
    expect(log.filter(line => !line.endsWith('work'))).toEqual([
      '0 b down',
      '0 d down',
      '0 c down',
      '100 b up',
      '100 c up',
      '100 d up',
    ])
    expect(log.filter(line => line.endsWith('work'))).toHaveLength(1)
  })

  test('an error to retry is waited for as long as it takes, and never escalates', async () => {
    const away = new MillraceError('db.away', 'The database is away.', { disposition: 'retry', retryAfterMs: 2_000 })
    const { tell } = supervise({}, child('a'))
    await kit.settle()
    for (let n = 0; n < 20; n++) {
      await tell('a', away)
      await kit.advance(2_000)
    }
    expect(snapshotOf('a')).toMatchObject({ state: 'running', restarts: 20 })
  })

  test('a neighbour lost with its thread starts again at once', async () => {
    const { tell } = supervise({}, child('a'))
    await kit.settle()
    for (let n = 0; n < 20; n++) {
      await tell('a', new MillraceError('thread.lost', 'gone'))
      await kit.settle()
    }
    expect(snapshotOf('a')).toMatchObject({ state: 'running', restarts: 20 })
    expect(kit.clock.now()).toBe(0)
  })
})

describe('escalation', () => {
  test('too many restarts: the supervisor stops the rest and fails with the cause', async () => {
    const { tell } = supervise({}, child('a'), child('b'))
    await kit.settle()
    for (let n = 0; n < 4; n++) {
      await tell('a', new Error(`x${n}`))
      await kit.advance(1_000)
    }
    expect(log.at(-1)).toMatch(/b down$/)
    expect(kit.eventsOf('escalated')).toMatchObject([{ path: 'top/a', restarts: 3, error: { message: 'x3' } }])
    expect(kit.eventsOf('stopped').at(-1)).toMatchObject({
      path: 'top',
      outcome: {
        reason: {
          kind: 'failed',
          error: { code: 'actor.escalated', message: 'top gave up on a: x3', cause: { message: 'x3' } },
        },
      },
    })
  })

  test('goes up level by level until somebody has budget left', async () => {
    const inner = supervisor({ ...policy, intensity: { max: 0, periodMs: 1_000 } }, [child('a')])
    const { ref } = supervise({}, { id: 'inner', restart: 'permanent', shutdown: { stopMs: 1_000 }, start: inner })
    await kit.settle()
    const a = (): unknown => kit.system.snapshot()[0]?.children[0]
    let failing: ActorContext<never> | undefined
    await ref.ask<void>(
      reply => ({
        type: 'add',
        reply,
        child: {
          id: 'b',
          restart: 'permanent',
          shutdown: { stopMs: 1 },
          budget: { max: 0, periodMs: 1, exhausted: 'park' },
          start: context => {
            failing = context
            return { receive() {} }
          },
        },
      }),
      { timeoutMs: 1_000 },
    )
    expect(a()).toMatchObject({ id: 'inner', state: 'running', restarts: 0 })
    failing?.fail(new Error('parked, not escalated'))
    await kit.settle()
    expect(kit.eventsOf('escalated')).toEqual([])
    expect(snapshotOf('b')).toMatchObject({ state: 'parked', lastError: { message: 'parked, not escalated' } })
  })

  test('a supervisor that failed is restarted by its own, with all its children anew', async () => {
    let crash = (): void => {}
    const leaf: AnyChildSpec = {
      id: 'leaf',
      restart: 'permanent',
      shutdown: { stopMs: 100 },
      start: context => ({
        started() {
          crash = () => context.fail(new Error('x'))
          log.push(`leaf up, restarts ${context.restarts}`)
        },
        receive() {},
      }),
    }
    const inner = supervisor({ ...policy, intensity: { max: 0, periodMs: 1_000 } }, [leaf])
    supervise({}, { id: 'inner', restart: 'permanent', shutdown: { stopMs: 1_000 }, start: inner })
    await kit.settle()
    crash()
    await kit.advance(100)
    expect(log).toEqual(['leaf up, restarts 0', 'leaf up, restarts 0'])
    expect(snapshotOf('inner')).toMatchObject({ state: 'running', restarts: 1, lastError: { code: 'actor.escalated' } })
  })

  test('at the top it ends the system, which says why', async () => {
    const ref = kit.system.spawn(child('a'))
    await ref.tell(new Error('the end'))
    await kit.settle()
    expect(await kit.system.ended).toMatchObject({
      reason: { kind: 'failed', error: { code: 'actor.escalated', cause: { message: 'the end' } } },
    })
    expect(kit.system.snapshot()).toEqual([])
    expect(() => kit.probe()).toThrow(expect.objectContaining({ code: 'actor.stopped' }))
  })
})

describe('parking', () => {
  const parks = { budget: { max: 1, periodMs: 60_000, exhausted: 'park' as const } }

  async function parked() {
    const top = supervise({}, child('a', parks), child('b'))
    await kit.settle()
    await top.tell('a', new Error('first'))
    await kit.advance(100)
    top.tell('a', new Error('second')).catch(() => {})
    top.tell('a', 'work').catch(() => {})
    await kit.settle()
    return top
  }

  test('a parked child stays down with its last error, and troubles nobody', async () => {
    await parked()
    await kit.advance(3_600_000)
    expect(snapshotOf('a')).toMatchObject({ state: 'parked', restarts: 1, lastError: { message: 'second' } })
    expect(snapshotOf('b')).toMatchObject({ state: 'running', restarts: 0 })
    expect(kit.eventsOf('parked')).toMatchObject([{ path: 'top/a', restarts: 1, error: { message: 'second' } }])
  })

  test('what it has been told, and is told, is undelivered; asks fail at once', async () => {
    const { tell } = await parked()
    await tell('a', 'work')
    expect(kit.eventsOf('undelivered').map(({ why }) => why)).toEqual(['crashed', 'crashed', 'parked', 'parked'])
  })

  test('its supervisor restarts it on request, with a fresh budget', async () => {
    const { ref, tell } = await parked()
    await ref.ask<void>(reply => ({ type: 'restart', id: 'a', reply }), { timeoutMs: 1_000 })
    await kit.settle()
    expect(snapshotOf('a')).toMatchObject({ state: 'running', restarts: 2 })
    await tell('a', 'work')
    await tell('a', new Error('third'))
    await kit.settle()
    expect(log.at(-2)).toBe('100 a work')
    expect(snapshotOf('a')).toMatchObject({ state: 'backoff' })
  })

  test('it does not hold up the start of its supervisor', async () => {
    supervise(
      {},
      {
        id: 'a',
        restart: 'permanent',
        shutdown: { stopMs: 1 },
        budget: { max: 0, periodMs: 1, exhausted: 'park' },
        start: () => {
          throw new Error('x')
        },
      },
      child('b'),
    )
    await kit.system.started()
    expect(log).toEqual(['0 b up'])
  })
})

describe('children at run time', () => {
  test('are added, taken down and added again', async () => {
    const { ref } = supervise({ order: 'concurrent' })
    const ask = (
      message: Omit<Extract<SupervisorMessage, { type: 'add' }>, 'reply'> | { type: 'remove' | 'restart'; id: string },
    ) => ref.ask<void>(reply => ({ ...message, reply }), { timeoutMs: 5_000 })
    await ask({ type: 'add', child: child('a') })
    await kit.settle()
    await expect(ask({ type: 'add', child: child('a') })).rejects.toMatchObject({ code: 'actor.id_taken' })
    await ask({ type: 'remove', id: 'a' })
    await ask({ type: 'remove', id: 'a' })
    await expect(ask({ type: 'restart', id: 'a' })).rejects.toMatchObject({ code: 'actor.child_unknown' })
    await ask({ type: 'add', child: child('a') })
    await kit.settle()
    expect(log).toEqual(['0 a up', '0 a down', '0 a up'])
  })

  test('a slow removal holds up nobody else', async () => {
    const { ref } = supervise({ order: 'concurrent' }, child('slow', {}, 500), child('b'))
    await kit.advance(500)
    const removed = ref.ask<void>(reply => ({ type: 'remove', id: 'slow', reply }), { timeoutMs: 5_000 })
    await ref.ask<void>(reply => ({ type: 'restart', id: 'b', reply }), { timeoutMs: 1 })
    await kit.advance(500)
    await removed
    expect(log.slice(2)).toEqual(['500 b down', '500 b up', '1000 slow down'])
  })

  test('a thousand start, fail and stop', async () => {
    const { ref, tell } = supervise({ order: 'concurrent' })
    const budget = { max: 1, periodMs: 1_000, exhausted: 'park' as const }
    for (let n = 0; n < 1_000; n++)
      ref.tryTell({ type: 'add', child: child(`c${n}`, { budget }), reply: { ok() {}, fail() {} } })
    await kit.settle()
    for (let n = 0; n < 1_000; n++) await tell(`c${n}`, new Error('x'))
    await kit.advance(100)
    expect(
      kit.system.snapshot()[0]?.children.filter(({ state, restarts }) => state === 'running' && restarts === 1),
    ).toHaveLength(1_000)
    await kit.stop()
    expect(log.filter(line => line.endsWith('down'))).toHaveLength(2_000)
  })
})

describe('an actor with children of its own', () => {
  test('follows what happens to them, at the moment it happens', async () => {
    const news: string[] = []
    let fail = (): void => {}
    kit.spawn<never>('parent', context => ({
      supervision: policy,
      started: () =>
        void context.spawn<never>({
          id: 'a',
          restart: 'transient',
          shutdown: { stopMs: 1 },
          budget: { max: 1, periodMs: 1_000, exhausted: 'park' },
          start: child => {
            fail = () => child.fail(new Error('x'))
            return { receive() {} }
          },
        }),
      receive() {},
      childEvent: event => void news.push(`${event.id} ${event.type}`),
    }))
    await kit.settle()
    fail()
    await kit.advance(100)
    fail()
    await kit.settle()
    await kit.stop()
    expect(news).toEqual(['a started', 'a restarting', 'a started', 'a parked', 'a stopped'])
  })

  test('a throw in `childEvent` is its own crash', async () => {
    kit.spawn<never>('parent', context => ({
      started: () => void context.spawn({ ...child('a') }),
      receive() {},
      childEvent() {
        throw new Error('not prepared')
      },
    }))
    await kit.settle()
    expect(kit.eventsOf('stopped')).toMatchObject([
      { id: 'a' },
      { id: 'parent', outcome: { reason: { kind: 'failed', error: { message: 'not prepared' } } } },
    ])
  })

  test('waiting for children that never start ends with its life', async () => {
    let waiting: Promise<unknown> | undefined
    kit.spawn<never>('parent', context => ({
      started() {
        context.spawn({ ...child('a'), start: () => ({ started: () => new Promise(() => {}), receive() {} }) })
        waiting = context.childrenStarted().catch((error: unknown) => error)
      },
      receive() {},
    }))
    await kit.settle()
    await kit.stop()
    expect(await waiting).toMatchObject({ code: 'actor.stopped' })
  })

  test('a stop while it waits for a child to start stops the child first, and does not use up its time', async () => {
    kit.spawn<never>('parent', () => ({
      async started(context) {
        context.spawn(child('slow', {}, 500))
        await context.childrenStarted()
      },
      receive() {},
    }))
    await kit.settle()
    await kit.stop()
    expect(kit.eventsOf('overran')).toEqual([])
    expect(kit.eventsOf('stop_failed')).toEqual([])
  })

  test('cannot have them in its factory, where it has not said how they are supervised', async () => {
    kit.spawn<never>('parent', context => {
      context.spawn(child('a'))
      return { receive() {} }
    })
    await kit.settle()
    expect(kit.eventsOf('stopped')).toMatchObject([{ outcome: { reason: { error: { name: 'TypeError' } } } }])
  })
})
