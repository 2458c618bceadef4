import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActorContext, ActorFactory, ActorRef, AnyRef, CancelTimer } from '../../src/actor/index.js'
import { TestSystem } from '../../src/testkit/index.js'

let kit: TestSystem
let log: string[]
beforeEach(() => {
  kit = new TestSystem()
  log = []
})
afterEach(() => kit.stop())

const restarting = {
  restart: 'permanent',
  backoff: { minMs: 100, maxMs: 100, jitter: 0, resetMs: 1 },
  budget: { max: 100, periodMs: 60_000, exhausted: 'park' },
} as const

describe('stash', () => {
  type Message = 'open' | 'crash' | number

  /** Sets numbers aside until it is opened. */
  const door: ActorFactory<Message> = context => {
    let open = false
    return {
      receive(message) {
        if (message === 'crash') throw new Error('crashed')
        if (message === 'open') {
          open = true
          context.unstashAll()
        } else if (open) log.push(`${message}`)
        else context.stash()
      },
    }
  }

  test('stashed messages come back in their order, ahead of later ones', async () => {
    const ref = kit.spawn('door', door)
    for (const message of [1, 2, 3]) await ref.tell(message)
    await kit.settle()
    expect(kit.system.snapshot()).toMatchObject([{ stashed: 3 }])
    for (const message of ['open', 4] as const) await ref.tell(message)
    await kit.settle()
    expect(log).toEqual(['1', '2', '3', '4'])
  })

  test('a crash brings them back to the mailbox of the next life', async () => {
    const ref = kit.spawn('door', door, restarting)
    for (const message of [1, 2, 'crash', 'open', 3] as const) ref.tryTell(message)
    await kit.advance(100)
    // The stash came back ahead of what was behind it, and was set aside anew until `open`.
    expect(log).toEqual(['1', '2', '3'])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 'crash' }])
  })

  test('what is stashed at the end is undelivered', async () => {
    const ref = kit.spawn('door', door)
    await ref.tell(1)
    await kit.settle()
    await kit.stop()
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 1, why: 'left' }])
  })

  test('a full stash is the crash of an actor that does not mind it; its message counts as undelivered', async () => {
    const ref = kit.spawn('door', door, { mailbox: { stash: 1 } })
    await ref.tell(1)
    await ref.tell(2)
    await kit.settle()
    expect(kit.eventsOf('stopped')).toMatchObject([
      { outcome: { reason: { kind: 'failed', error: { code: 'actor.stash_full' } } } },
    ])
    expect(kit.eventsOf('undelivered')).toMatchObject([
      { message: 2, why: 'crashed' },
      { message: 1, why: 'left' },
    ])
  })

  test('outside a message there is nothing to stash', async () => {
    kit.spawn<Message>('a', context => ({ started: () => context.stash(), receive() {} }))
    await kit.settle()
    expect(kit.eventsOf('stopped')).toMatchObject([{ outcome: { reason: { error: { name: 'TypeError' } } } }])
  })
})

describe('timers', () => {
  const ticker =
    (begin: (context: ActorContext<string>) => void): ActorFactory<string> =>
    context => ({
      started: () => begin(context),
      receive: message => void log.push(`${kit.clock.now()} ${message}`),
    })

  test('once, and every', async () => {
    kit.spawn(
      'a',
      ticker(context => {
        context.once(25, 'once')
        context.every(10, 'tick')
      }),
    )
    await kit.advance(40)
    expect(log).toEqual(['10 tick', '20 tick', '25 once', '30 tick', '40 tick'])
  })

  test('a cancelled timer is silent, also when it was due already', async () => {
    let cancel: CancelTimer[] = []
    const ref = kit.spawn<string>('a', context => ({
      started: () => void (cancel = [context.once(10, 'once'), context.every(10, 'tick')]),
      async receive(message) {
        log.push(message)
        if (message !== 'wait') return
        await new Promise<void>(resolve => kit.clock.setTimer(resolve, 15))
        for (const stop of cancel) stop()
      },
    }))
    await ref.tell('wait')
    await kit.advance(100)
    expect(log).toEqual(['wait'])
    expect(kit.clock.pendingTimers).toBe(0)
  })

  test('ticks that a slow actor did not take are left out, and the next keep the grid (I6)', async () => {
    let ticks = 0
    kit.spawn<string>('slow', context => ({
      started: () => void context.every(10, 'tick'),
      async receive() {
        log.push(`${kit.clock.now()}`)
        if (ticks++ === 0) await new Promise<void>(resolve => kit.clock.setTimer(resolve, 55))
      },
    }))
    await kit.advance(90)
    // Busy from 10 to 65: of the five ticks meanwhile one waits.
    expect(log).toEqual(['10', '65', '70', '80', '90'])
  })

  test('a timer’s message passes a full mailbox', async () => {
    const ref = kit.spawn<string>(
      'a',
      context => ({
        started: () => void context.once(10, 'timer'),
        async receive(message) {
          await new Promise<void>(resolve => kit.clock.setTimer(resolve, 50))
          log.push(message)
        },
      }),
      { mailbox: { control: 1, data: 1 } },
    )
    await ref.tell('first', { lane: 'control' })
    await kit.settle()
    ref.tryTell('control', 'control')
    ref.tryTell('data', 'data')
    await kit.advance(200)
    expect(log).toEqual(['first', 'control', 'timer', 'data'])
  })

  test('timers end with the life that set them', async () => {
    const ref = kit.spawn<string>(
      'a',
      context => ({
        started() {
          context.once(50, `once ${context.restarts}`)
          context.every(40, `tick ${context.restarts}`)
        },
        receive(message) {
          log.push(`${kit.clock.now()} ${message}`)
          if (message === 'crash') throw new Error('x')
        },
      }),
      restarting,
    )
    await ref.tell('crash')
    await kit.advance(150)
    expect(log).toEqual(['0 crash', '140 tick 1', '150 once 1'])
  })

  test('a timer’s message can be stashed', async () => {
    kit.spawn<string>('a', context => ({
      started: () => {
        context.once(10, 'early')
        context.once(20, 'open')
      },
      receive(message) {
        if (message === 'open') context.unstashAll()
        else if (kit.clock.now() < 20) context.stash()
        else log.push(message)
      },
    }))
    await kit.advance(20)
    expect(log).toEqual(['early'])
  })
})

describe('death watch', () => {
  const mortal: ActorFactory<'end' | 'crash'> = context => ({
    receive(message) {
      if (message === 'crash') throw new Error('crashed')
      context.stop()
    },
  })

  function watcher(...refs: AnyRef[]): ActorRef<string> {
    return kit.spawn<string>('watcher', context => ({
      started: () => refs.forEach(ref => context.watch(ref)),
      receive(message) {
        if (message === 'forget') refs.forEach(ref => context.unwatch(ref))
        else log.push(message)
      },
      terminated: (ref, { reason }) => void log.push(`${ref.id} ${reason.kind}`),
    }))
  }

  test('tells how the watched one ended', async () => {
    const [a, b, c] = [kit.spawn('a', mortal), kit.spawn('b', mortal), kit.spawn('c', mortal)]
    watcher(a, b, c)
    await a.tell('end')
    await b.tell('crash')
    await kit.settle()
    expect(log).toEqual(['a finished', 'b failed'])
  })

  test('a restart is no end', async () => {
    const a = kit.spawn('a', mortal, restarting)
    watcher(a)
    await a.tell('crash')
    await kit.advance(1_000)
    expect(log).toEqual([])
    expect(kit.eventsOf('started').at(-1)).toMatchObject({ id: 'a', restarts: 1 })
  })

  test('one that has ended already is told at once, and only once', async () => {
    const a = kit.spawn('a', mortal)
    await a.tell('end')
    await kit.settle()
    watcher(a, a)
    await kit.settle()
    expect(log).toEqual(['a finished'])
  })

  test('no news after unwatch, even when it waits in the mailbox', async () => {
    const [a, b] = [kit.spawn('a', mortal), kit.spawn('b', mortal)]
    const watching = watcher(a, b)
    await kit.settle()
    b.tryTell('end')
    watching.tryTell('forget', 'control')
    await kit.settle()
    await a.tell('end')
    await kit.settle()
    expect(log).toEqual([])
  })

  test('comes after what the ended one told before', async () => {
    const watching = kit.spawn<string>('watching', context => ({
      receive(message) {
        log.push(message)
        if (message === 'go')
          context.watch(
            kit.spawn<never>('teller', teller => ({
              started() {
                watching.tryTell('last words')
                teller.stop()
              },
              receive() {},
            })),
          )
      },
      terminated: ({ id }) => void log.push(`${id} ended`),
    }))
    await watching.tell('go')
    await kit.settle()
    expect(log).toEqual(['go', 'last words', 'teller ended'])
    expect(kit.eventsOf('stopped')).toMatchObject([{ id: 'teller', outcome: { reason: { kind: 'finished' } } }])
  })

  test('a throw in `terminated` is a crash', async () => {
    const a = kit.spawn('a', mortal)
    kit.spawn<never>('watcher', context => ({
      started: () => context.watch(a),
      receive() {},
      terminated() {
        throw new Error('not prepared')
      },
    }))
    await a.tell('end')
    await kit.settle()
    expect(kit.eventsOf('stopped').at(-1)).toMatchObject({
      id: 'watcher',
      outcome: { reason: { kind: 'failed', error: { message: 'not prepared' } } },
    })
  })

  test('an actor that crashes as it starts, again and again, gathers nothing in its mailbox (I6)', async () => {
    const gone = kit.spawn('gone', mortal)
    await gone.tell('end')
    await kit.settle()
    kit.spawn<never>(
      'a',
      context => ({
        started() {
          context.watch(gone)
          throw new Error('x')
        },
        receive() {},
      }),
      restarting,
    )
    await kit.advance(1_000)
    expect(kit.system.snapshot()).toMatchObject([{ restarts: 11, data: { depth: 0 }, control: { depth: 0 } }])
  })
})
