import { expect, test } from 'vitest'
import { createActorSystem, type ActorFactory, type SupervisionPolicy } from '../../src/actor/index.js'
import { nextDue } from '../../src/actor/supervision.js'
import type { Clock } from '../../src/ports/clock.js'
import { ManualClock } from '../../src/testkit/manual-clock.js'
import { Paper } from './supervision-model.js'

const policy = (order: SupervisionPolicy['order']): SupervisionPolicy => ({
  strategy: 'one_for_one',
  intensity: { max: 1_000_000, periodMs: 1 },
  backoff: { minMs: 10, maxMs: 10, jitter: 0, resetMs: 1_000 },
  order,
})

/** A clock as real ones are: it goes on between two looks at it, and its timers may fire a little early. */
class RealisticClock implements Clock {
  readonly #manual = new ManualClock()
  #looks = 0
  #earlyMs = 0

  now(): number {
    return this.#manual.now() + ++this.#looks * 0.01
  }

  wallTime(): number {
    return this.#manual.wallTime()
  }

  setTimer(callback: () => void, ms: number): object {
    this.#earlyMs = (this.#earlyMs + 0.007) % 0.05
    return this.#manual.setTimer(callback, Math.max(0, ms - this.#earlyMs))
  }

  clearTimer(handle: object): void {
    this.#manual.clearTimer(handle)
  }

  advance(ms: number): Promise<void> {
    return this.#manual.advance(ms)
  }
}

test.each(['sequential', 'concurrent'] as const)(
  'with a clock that goes on between two looks, nobody stays in back-off for ever (%s)',
  async order => {
    const clock = new RealisticClock()
    let starts = 0
    const start: ActorFactory<never> = context => ({
      started() {
        starts++
        clock.setTimer(() => context.fail(new Error('broke')), 1)
      },
      receive: message => message,
    })
    const work: ActorFactory<never> = context => ({
      supervision: policy(order),
      started: () => void context.spawn({ id: 'child', start, restart: 'transient', shutdown: { stopMs: 1 } }),
      receive: message => message,
    })
    const system = createActorSystem({ clock, random: { next: () => 0 }, defer: run => queueMicrotask(run) })
    system.spawn({ id: 'work', start: work, restart: 'temporary', shutdown: { stopMs: 1 } })
    await clock.advance(5_000)
    const early = starts
    await clock.advance(5_000)
    expect(starts).toBeGreaterThan(early + 100)
    const ended = system.stop()
    await clock.advance(1_000)
    await ended
  },
)

test('a back-off that ended while another child had its turn is still due, where children are concurrent', () => {
  const paper = new Paper(policy('concurrent')).running('a', 'b')
  paper.failed('a')
  paper.now = 11
  expect(paper.failed('b')).toEqual([])
  expect(nextDue(paper.state, paper.now)).toBe(10)
  expect(paper.give({ type: 'due' })).toEqual(['start a'])
})
