import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActorContext, ActorFactory, ChildSpec, Outcome } from '../../src/actor/index.js'
import { sleep } from '../../src/ports/clock.js'
import { TestSystem } from '../../src/testkit/index.js'

type Message = 'work' | 'crash' | 'stop' | 'finish'

let kit: TestSystem
let log: string[]
beforeEach(() => {
  kit = new TestSystem()
  log = []
})
afterEach(() => kit.stop())

const never = (): Promise<void> => new Promise(() => {})

/** Takes its time by the clock, and gives up when told. */
function takes(context: ActorContext<never>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    context.clock.setTimer(resolve, ms)
    context.signal.addEventListener('abort', () => reject(context.signal.reason as Error))
  })
}

/** Spawns an actor and removes it through its parent; the outcome and what was published. */
function underParent<M>(start: ActorFactory<M>, spec: Partial<ChildSpec<M>> = {}) {
  let parent: ActorContext<never> | undefined
  kit.spawn<never>('parent', context => {
    parent = context
    return {
      supervision: {
        strategy: 'one_for_one',
        intensity: { max: 10, periodMs: 1_000 },
        backoff: { minMs: 0, maxMs: 0, jitter: 0, resetMs: 1 },
        order: 'sequential',
      },
      receive() {},
    }
  })
  const context = parent as unknown as ActorContext<never>
  const ref = context.spawn<M>({ restart: 'permanent', shutdown: { stopMs: 100 }, ...spec, id: 'child', start })
  const outcomes: Outcome[] = []
  ref.onTerminated(outcome => outcomes.push(outcome))
  return { ref, context, outcomes }
}

const hooks =
  (name: string): ActorFactory<Message> =>
  context => {
    log.push(`${name} made`)
    return {
      started: () => void log.push(`${name} started`),
      receive(message) {
        log.push(`${name} ${message}`)
        if (message === 'crash') throw new Error('crashed')
        if (message === 'finish') context.stop()
      },
      stopping: () => void log.push(`${name} stopping`),
      stopped: reason => void log.push(`${name} stopped ${reason.kind}`),
      terminate: () => void log.push(`${name} terminate`),
    }
  }

describe('a life', () => {
  test('made, started, messages, and stopped with its reason', async () => {
    const { ref, context, outcomes } = underParent(hooks('a'))
    await ref.tell('work')
    await kit.settle()
    const removed = context.removeChild('child')
    await kit.settle()
    await removed
    expect(log).toEqual(['a made', 'a started', 'a work', 'a stopped shutdown'])
    expect(outcomes).toEqual([{ reason: { kind: 'shutdown' }, abandoned: false }])
  })

  test('a crash ends it, and the next begins with new state; the messages behind wait for it', async () => {
    const { ref } = underParent(hooks('a'))
    await ref.tell('crash')
    await ref.tell('work')
    await kit.settle()
    expect(log).toEqual(['a made', 'a started', 'a crash', 'a stopped failed', 'a made', 'a started', 'a work'])
  })

  test('a crash in `started`, and in the factory, is a crash too', async () => {
    let lives = 0
    underParent<Message>(() => {
      lives++
      if (lives === 1) throw new Error('factory')
      return {
        started() {
          if (lives === 2) throw new Error('sync')
          if (lives === 3) return Promise.reject(new Error('async'))
          return undefined
        },
        receive() {},
        stopped: reason => void log.push(`${lives} ${reason.kind}`),
      }
    })
    await kit.settle()
    expect(kit.eventsOf('restarting').map(({ cause }) => cause)).toMatchObject([
      { kind: 'failed', error: { message: 'factory' } },
      { kind: 'failed', error: { message: 'sync' } },
      { kind: 'failed', error: { message: 'async' } },
    ])
    expect(kit.eventsOf('started').map(({ path }) => path)).toEqual(['parent', 'parent/child'])
    // What `started` had opened must be released, so `stopped` is called; not where the factory itself failed.
    expect(log).toEqual(['2 failed', '3 failed'])
  })

  test('an actor may end itself: after the message in progress, the rest undelivered', async () => {
    const ref = kit.spawn('a', hooks('a'))
    await ref.tell('finish')
    await ref.tell('work')
    await kit.settle()
    expect(log).toEqual(['a made', 'a started', 'a finish', 'a stopped finished'])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 'work', why: 'left' }])
  })

  test('an actor that ends itself in the middle of an asynchronous message finishes that', async () => {
    const ref = kit.spawn<Message>('a', context => ({
      async receive(message) {
        if (message === 'finish') context.stop()
        await takes(context, 500)
        log.push(`${message} done`)
      },
      stopped: () => void log.push('stopped'),
    }))
    await ref.tell('finish')
    await ref.tell('work')
    await kit.advance(500)
    expect(log).toEqual(['finish done', 'stopped'])
  })

  test('ended in the factory, it never starts', async () => {
    kit.spawn<Message>('a', context => {
      context.stop()
      return { started: () => void log.push('started'), receive() {}, stopped: ({ kind }) => void log.push(kind) }
    })
    await kit.settle()
    expect(log).toEqual(['finished'])
  })

  test('ended while starting, it ends when it has started', async () => {
    kit.spawn<Message>('a', context => ({
      async started() {
        context.stop()
        await takes(context, 10)
        log.push('started')
      },
      receive() {},
      stopped: ({ kind }) => void log.push(kind),
    }))
    await kit.advance(10)
    expect(log).toEqual(['started', 'finished'])
  })
})

describe('a failure from outside a hook', () => {
  test('ends the life at once; the message in progress is told to abort and counts as undelivered', async () => {
    let lost: ((error: unknown) => void) | undefined
    const { ref } = underParent<Message>(context => {
      lost ??= error => context.fail(error)
      return {
        receive: () => takes(context, 10_000),
        stopped: reason => void log.push(reason.kind),
      }
    })
    await ref.tell('work')
    await kit.settle()
    lost?.(new Error('thread gone'))
    lost?.(new Error('thread gone twice'))
    await kit.settle()
    expect(log).toEqual(['failed'])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 'work', why: 'interrupted' }])
    expect(kit.eventsOf('restarting')).toMatchObject([{ cause: { error: { message: 'thread gone' } } }])
    expect(kit.eventsOf('stop_failed')).toEqual([])
    // The life that it spoke of is over: the next one is not touched.
    lost?.(new Error('late'))
    await kit.settle()
    expect(kit.eventsOf('restarting')).toHaveLength(1)
  })

  test('while starting, too', async () => {
    let fail = (_error: unknown): void => {}
    underParent<Message>(context => ({
      started() {
        if (context.restarts > 0) return undefined
        fail = error => context.fail(error)
        return takes(context, 10_000)
      },
      receive() {},
    }))
    await kit.settle()
    fail(new Error('gone'))
    await kit.settle()
    expect(kit.eventsOf('restarting')).toMatchObject([{ cause: { error: { message: 'gone' } } }])
    expect(kit.eventsOf('started').at(-1)).toMatchObject({ path: 'parent/child', restarts: 1 })
  })

  test('raised within a synchronous message: `stopped` runs after that has returned', async () => {
    const { ref } = underParent<Message>(context => ({
      receive() {
        context.fail(new Error('x'))
        log.push('returned')
      },
      stopped: ({ kind }) => void log.push(kind),
    }))
    await ref.tell('work')
    await kit.settle()
    expect(log).toEqual(['returned', 'failed'])
  })
})

describe('the ladder down', () => {
  const drain = { drainMs: 1_000, stopMs: 100 }

  test('drain: what was taken is processed, then `stopping`, then `stopped`; newcomers are undelivered', async () => {
    const { ref, context, outcomes } = underParent<number>(
      context => ({
        async receive(message) {
          await takes(context, 100)
          log.push(`done ${message}`)
        },
        async stopping() {
          await takes(context, 100)
          log.push(`committed, aborted: ${context.signal.aborted}`)
        },
        stopped: ({ kind }) => void log.push(kind),
      }),
      { shutdown: drain },
    )
    await ref.tell(1)
    await ref.tell(2)
    await kit.settle()
    const removed = context.removeChild('child')
    await ref.tell(3)
    expect(kit.system.snapshot()[0]?.children[0]?.state).toBe('draining')
    await kit.advance(300)
    await removed
    expect(log).toEqual(['done 1', 'done 2', 'committed, aborted: false', 'shutdown'])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 3, why: 'stopped' }])
    expect(outcomes).toEqual([{ reason: { kind: 'shutdown' }, abandoned: false }])
  })

  test('without a time to drain there is none', async () => {
    const { ref, context } = underParent(hooks('a'))
    await kit.settle()
    ref.tryTell('work')
    void context.removeChild('child')
    await kit.settle()
    expect(log).toEqual(['a made', 'a started', 'a stopped shutdown'])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 'work', why: 'left' }])
  })

  test('a restart that was asked for drains what is in progress, and leaves the mailbox to the next life', async () => {
    const { ref, context } = underParent<number>(
      context => ({
        async receive(message) {
          await takes(context, 100)
          log.push(`${context.restarts}: ${message}`)
        },
        stopping: () => void log.push('stopping'),
        stopped: ({ kind }) => void log.push(kind),
      }),
      { shutdown: drain },
    )
    await ref.tell(1)
    await ref.tell(2)
    await kit.settle()
    context.restartChild('child')
    await kit.advance(200)
    expect(log).toEqual(['0: 1', 'stopping', 'restart', '1: 2'])
  })

  test('a drain that overruns is cut off and reported; the stop follows', async () => {
    const { context, outcomes } = underParent<Message>(
      context => ({
        receive() {},
        stopping: () => takes(context, 5_000),
        stopped: ({ kind }) => void log.push(kind),
      }),
      { shutdown: drain },
    )
    void context.removeChild('child')
    await kit.advance(999)
    expect(outcomes).toEqual([])
    await kit.advance(1)
    expect(outcomes).toEqual([{ reason: { kind: 'shutdown' }, abandoned: false }])
    expect(log).toEqual(['shutdown'])
    expect(kit.eventsOf('overran')).toMatchObject([{ path: 'parent/child', step: 'drain', afterMs: 1_000 }])
  })

  test('a crash while draining ends the drain, and is the outcome', async () => {
    const { ref, context, outcomes } = underParent<Message>(hooks('a'), { shutdown: drain })
    await kit.settle()
    await ref.tell('crash')
    await ref.tell('work')
    void context.removeChild('child')
    await kit.settle()
    expect(log).toEqual(['a made', 'a started', 'a crash', 'a stopped failed'])
    expect(outcomes).toMatchObject([{ reason: { kind: 'failed', error: { message: 'crashed' } } }])
  })

  test('a throw in `stopping` is a failure, and `stopped` still runs', async () => {
    const { context, outcomes } = underParent<Message>(
      () => ({
        receive() {},
        stopping: () => Promise.reject(new Error('no commit')),
        stopped: ({ kind }) => void log.push(kind),
      }),
      { shutdown: drain },
    )
    void context.removeChild('child')
    await kit.settle()
    expect(log).toEqual(['failed'])
    expect(outcomes).toMatchObject([{ reason: { kind: 'failed', error: { message: 'no commit' } } }])
  })

  test('a message that never ends: abandoned after stopMs, reported, `terminate` called, `stopped` not', async () => {
    const { ref, context, outcomes } = underParent<Message>(() => ({
      receive: never,
      stopped: () => void log.push('stopped'),
      terminate: () => void log.push('terminate'),
    }))
    await ref.tell('work')
    await kit.settle()
    void context.removeChild('child')
    await kit.advance(99)
    expect(outcomes).toEqual([])
    await kit.advance(1)
    expect(outcomes).toEqual([{ reason: { kind: 'shutdown' }, abandoned: true }])
    expect(log).toEqual(['terminate'])
    expect(kit.eventsOf('overran')).toMatchObject([{ step: 'stop', afterMs: 100 }])
    expect(kit.eventsOf('undelivered')).toMatchObject([{ message: 'work', why: 'interrupted' }])
  })

  test('a `stopped` that never ends is abandoned within the same deadline', async () => {
    const { ref, context, outcomes } = underParent<Message>(context => ({
      // Told to abort, it still takes 60 ms: that leaves 40 for `stopped`.
      receive: () => takes(context, 1_000).catch(() => sleep(kit.clock, 60)),
      stopped: never,
      terminate: () => void log.push('terminate'),
    }))
    await ref.tell('work')
    await kit.settle()
    void context.removeChild('child')
    await kit.advance(99)
    expect(outcomes).toEqual([])
    await kit.advance(1)
    expect(outcomes).toMatchObject([{ abandoned: true }])
    expect(log).toEqual(['terminate'])
  })

  test('a crash whose release hangs does not keep the actor down', async () => {
    const { ref } = underParent<Message>(context => ({
      receive(message) {
        log.push(`${context.restarts}: ${message}`)
        if (message === 'crash') throw new Error('x')
      },
      stopped: never,
    }))
    await ref.tell('crash')
    await ref.tell('work')
    await kit.advance(100)
    expect(log).toEqual(['0: crash', '1: work'])
  })

  test('what an abandoned life does later touches nothing', async () => {
    let finish = (): void => {}
    const { ref, context } = underParent<Message>(context => ({
      receive(message) {
        log.push(`${context.restarts}: ${message}`)
        return message === 'work' ? new Promise<void>(resolve => (finish = resolve)) : undefined
      },
    }))
    await ref.tell('work')
    await ref.tell('finish')
    await kit.settle()
    context.restartChild('child')
    await kit.advance(100)
    finish()
    await kit.settle()
    expect(log).toEqual(['0: work', '1: finish'])
    expect(kit.system.snapshot()[0]?.children[0]).toMatchObject({ processed: 1, undelivered: 1, state: 'running' })
  })

  test('throws in `stopped` and `terminate` are reported and change nothing else', async () => {
    const { ref, context, outcomes } = underParent<Message>(() => ({
      receive: message => (message === 'work' ? never() : undefined),
      stopped() {
        throw new Error('in stopped')
      },
      terminate() {
        throw new Error('in terminate')
      },
    }))
    await kit.settle()
    context.restartChild('child')
    await kit.settle()
    await ref.tell('work')
    await kit.settle()
    void context.removeChild('child')
    await kit.advance(100)
    expect(outcomes).toMatchObject([{ reason: { kind: 'shutdown' }, abandoned: true }])
    expect(kit.eventsOf('stop_failed')).toMatchObject([
      { error: { message: 'in stopped' } },
      { error: { message: 'in terminate' } },
    ])
  })
})

test('children end before their parent’s `stopped`, and after its message in progress', async () => {
  kit.spawn<never>('top', context => ({
    started: () => void context.spawn({ id: 'a', restart: 'permanent', shutdown: { stopMs: 1 }, start: hooks('a') }),
    receive() {},
    stopped: () => void log.push('top stopped'),
  }))
  await kit.settle()
  await kit.stop()
  expect(log).toEqual(['a made', 'a started', 'a stopped shutdown', 'top stopped'])
})

test('the methods of a context whose life is over do nothing, and spawning fails', async () => {
  let old: ActorContext<Message> | undefined
  const { ref } = underParent<Message>(context => {
    old ??= context
    return {
      receive(message) {
        log.push(`${context.restarts}: ${message}`)
        if (message === 'crash') throw new Error('x')
      },
    }
  })
  await ref.tell('crash')
  await kit.settle()
  old?.stop()
  old?.fail(new Error('late'))
  old?.once(1, 'work')()
  old?.every(1, 'work')()
  old?.once(1, 'work')
  old?.watch(ref)
  old?.unstashAll()
  await kit.advance(10)
  expect(log).toEqual(['0: crash'])
  expect(kit.eventsOf('restarting')).toHaveLength(1)
  expect(() => old?.spawn({ id: 'x', restart: 'temporary', shutdown: { stopMs: 1 }, start: hooks('x') })).toThrow(
    expect.objectContaining({ code: 'actor.stopped' }),
  )
})
