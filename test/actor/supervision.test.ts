import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import { nextDue } from '../../src/actor/supervision.js'
import { Paper } from './supervision-model.js'

const retry = new MillraceError('db.away', 'The database is away.', { disposition: 'retry' })
const lost = new MillraceError('thread.lost', 'The thread ended.')

describe('starting', () => {
  test('sequential: the next child starts after the one before has started', () => {
    const paper = new Paper()
    expect(paper.add('a')).toEqual(['start a'])
    expect(paper.add('b')).toEqual([])
    expect(paper.add('c')).toEqual([])
    expect(paper.started('a')).toEqual(['start b'])
    expect(paper.started('b')).toEqual(['start c'])
  })

  test('concurrent: all start at once', () => {
    const paper = new Paper({ order: 'concurrent' })
    expect(paper.add('a')).toEqual(['start a'])
    expect(paper.add('b')).toEqual(['start b'])
  })

  test('sequential: a child that fails at its first start holds the later ones until it is up', () => {
    const paper = new Paper()
    paper.add('a')
    paper.add('b')
    expect(paper.failed('a')).toEqual([])
    expect(paper.due()).toEqual(['start a'])
    expect(paper.started('a')).toEqual(['start b'])
  })

  test('one_for_one: a child in back-off holds nobody that has started before', () => {
    const paper = new Paper().running('a', 'b')
    paper.failed('a')
    paper.now = 5
    paper.failed('b')
    paper.now = 15
    paper.give({ type: 'restart', id: 'b' })
    expect(paper.child('b').phase).toBe('starting')
  })

  test('one_for_one, sequential: a parked child holds nobody', () => {
    const paper = new Paper()
    paper.add('a', { budget: { max: 0, periodMs: 1_000, exhausted: 'park' } })
    paper.add('b')
    expect(paper.failed('a')).toEqual(['park a', 'start b'])
  })

  test('a child may be added again once it is forgotten', () => {
    const paper = new Paper().running('a')
    expect(paper.give({ type: 'remove', id: 'a' })).toEqual(['stop a shutdown drain'])
    expect(paper.halted('a')).toEqual(['forget a'])
    expect(paper.add('a')).toEqual(['start a'])
  })
})

describe('restart policies', () => {
  const end = (paper: Paper, how: 'failed' | 'finished'): string[] =>
    how === 'failed' ? paper.failed('a') : paper.give({ type: 'finished', id: 'a' })

  test.each([
    ['permanent', 'failed'],
    ['permanent', 'finished'],
    ['transient', 'failed'],
  ] as const)('a %s child that %s starts again', (restart, how) => {
    const paper = new Paper().running({ id: 'a', restart })
    expect(end(paper, how)).toEqual([])
    expect(paper.news).toMatchObject([{ id: 'a', news: { type: 'restarting', inMs: 10, counted: true, restarts: 1 } }])
    expect(paper.due()).toEqual(['start a'])
  })

  test.each([
    ['transient', 'finished'],
    ['temporary', 'failed'],
    ['temporary', 'finished'],
  ] as const)('a %s child that %s is forgotten', (restart, how) => {
    const paper = new Paper().running({ id: 'a', restart })
    expect(end(paper, how)).toEqual(['forget a'])
    expect(paper.state.children).toEqual([])
  })

  test('a permanent child that finished is told as a failure that says so', () => {
    const paper = new Paper().running('a')
    paper.give({ type: 'finished', id: 'a' })
    expect(paper.child('a').lastError).toMatchObject({ code: 'actor.finished' })
  })
})

describe('strategies', () => {
  const three = (strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'): Paper =>
    new Paper({ strategy }).running('a', 'b', 'c')

  test('one_for_one: only the failed one', () => {
    const paper = three('one_for_one')
    expect(paper.failed('b')).toEqual([])
    expect(paper.due()).toEqual(['start b'])
    expect(paper.started('b')).toEqual([])
  })

  test('rest_for_one: it and the later ones, down in reverse at once, up in order after the back-off', () => {
    const paper = new Paper({ strategy: 'rest_for_one' }).running('a', 'b', 'c', 'd')
    expect(paper.failed('b')).toEqual(['stop d restart'])
    expect(paper.halted('d')).toEqual(['stop c restart'])
    expect(paper.halted('c')).toEqual([])
    expect(paper.due()).toEqual(['start b'])
    expect(paper.started('b')).toEqual(['start c'])
    expect(paper.started('c')).toEqual(['start d'])
    expect(paper.started('d')).toEqual([])
    expect(paper.news.map(({ id, news }) => [id, news.type, 'cause' in news && news.cause.kind])).toEqual([
      ['b', 'restarting', 'failed'],
      ['c', 'restarting', 'sibling'],
      ['d', 'restarting', 'sibling'],
      ['b', 'started', false],
      ['c', 'started', false],
      ['d', 'started', false],
    ])
  })

  test('one_for_all: all, and none before the back-off is over', () => {
    const paper = three('one_for_all')
    expect(paper.failed('b')).toEqual(['stop c restart'])
    expect(paper.halted('c')).toEqual(['stop a restart'])
    expect(paper.halted('a')).toEqual([])
    expect(paper.due()).toEqual(['start a'])
    expect(paper.started('a')).toEqual(['start b'])
    expect(paper.started('b')).toEqual(['start c'])
  })

  test('a back-off that ends before the siblings are down waits for them', () => {
    const paper = three('rest_for_one')
    paper.failed('a')
    expect(paper.due()).toEqual([])
    expect(paper.halted('c')).toEqual(['stop b restart'])
    expect(paper.halted('b')).toEqual(['start a'])
  })

  test('a second failure while its siblings come down extends the wait', () => {
    const paper = three('rest_for_one')
    paper.failed('b')
    paper.now = 5
    expect(paper.failed('a')).toEqual([])
    expect(paper.halted('c')).toEqual([])
    expect(nextDue(paper.state, paper.now)).toBe(15)
    expect(paper.due()).toEqual(['start a'])
    expect(paper.started('a')).toEqual(['start b'])
  })

  test('a sibling that fails on its way down is not charged', () => {
    const paper = three('rest_for_one')
    paper.failed('a')
    expect(paper.failed('c')).toEqual(['stop b restart'])
    expect(paper.state.charges).toHaveLength(1)
  })

  test('a temporary sibling is taken down and not started again', () => {
    const paper = new Paper({ strategy: 'one_for_all' }).running('a', { id: 'b', restart: 'temporary' })
    expect(paper.failed('a')).toEqual(['stop b shutdown'])
    expect(paper.halted('b')).toEqual(['forget b'])
    expect(paper.due()).toEqual(['start a'])
    expect(paper.started('a')).toEqual([])
  })

  test('rest_for_one: those that depend on a parked child wait for it', () => {
    const paper = new Paper({ strategy: 'rest_for_one' }).running(
      'a',
      { id: 'b', restart: 'permanent', budget: { max: 0, periodMs: 1_000, exhausted: 'park' } },
      'c',
    )
    expect(paper.failed('b')).toEqual(['park b', 'stop c restart'])
    expect(paper.halted('c')).toEqual([])
    expect(paper.due()).toEqual([])
    expect(paper.give({ type: 'restart', id: 'b' })).toEqual(['start b'])
    expect(paper.started('b')).toEqual(['start c'])
  })
})

describe('what a failure costs', () => {
  test('one more than the intensity allows within the period: escalate, and stop in reverse without drain', () => {
    const paper = new Paper().running('a', 'b')
    for (let n = 0; n < 3; n++) {
      expect(paper.failed('a')).toEqual([])
      paper.due()
      paper.started('a')
    }
    expect(paper.failed('a')).toEqual(['escalate a', 'stop b shutdown', 'forget a'])
    expect(paper.halted('b')).toEqual(['forget b'])
    expect(paper.news.at(-1)).toMatchObject({ id: 'a', news: { type: 'escalated', restarts: 3 } })
  })

  test('the intensity is of all children together', () => {
    const paper = new Paper({ order: 'concurrent' }).running('a', 'b', 'c', 'd')
    for (const id of ['a', 'b', 'c']) expect(paper.failed(id)).toEqual([])
    expect(paper.failed('d')).toContain('escalate d')
  })

  test('failures further apart than the period never escalate', () => {
    const paper = new Paper().running('a')
    for (let n = 0; n < 20; n++) {
      expect(paper.failed('a')).toEqual([])
      paper.due()
      paper.started('a')
      paper.now += 1_000
    }
    expect(paper.child('a').restarts).toBe(20)
  })

  test("a child's own budget leaves the supervisor's alone, and parks", () => {
    const budget = { max: 2, periodMs: 10_000, exhausted: 'park' as const }
    const paper = new Paper().running({ id: 'a', restart: 'permanent', budget })
    for (let n = 0; n < 2; n++) {
      paper.failed('a')
      paper.due()
      paper.started('a')
    }
    const error = new Error('again')
    expect(paper.failed('a', error)).toEqual(['park a'])
    expect(paper.state.charges).toEqual([])
    expect(paper.child('a')).toMatchObject({ phase: 'down', goal: 'parked', lastError: error })
    expect(nextDue(paper.state, paper.now)).toBeUndefined()
    expect(paper.news.at(-1)).toEqual({ do: 'announce', id: 'a', news: { type: 'parked', error, restarts: 2 } })
  })

  test("a child's own budget may escalate", () => {
    const budget = { max: 0, periodMs: 10_000, exhausted: 'escalate' as const }
    const paper = new Paper().running({ id: 'a', restart: 'permanent', budget })
    expect(paper.failed('a')).toEqual(['escalate a', 'forget a'])
  })

  test('an error to retry waits but is never charged, and waits as long as it asks', () => {
    const paper = new Paper().running('a')
    for (let n = 0; n < 50; n++) {
      expect(paper.failed('a', retry)).toEqual([])
      expect(paper.due()).toEqual(['start a'])
    }
    expect(paper.state.charges).toEqual([])
    expect(paper.news.at(-1)).toMatchObject({ news: { counted: false, inMs: 1_000, restarts: 50 } })
    paper.failed('a', new MillraceError('db.away', 'x', { disposition: 'retry', retryAfterMs: 7_000 }))
    expect(paper.news.at(-1)).toMatchObject({ news: { inMs: 7_000 } })
  })

  test('a lost thread costs neither time nor budget', () => {
    const paper = new Paper().running('a')
    for (let n = 0; n < 50; n++) expect(paper.failed('a', lost)).toEqual(['start a'])
    expect(paper.child('a').failures).toBe(0)
    expect(paper.news.at(-1)).toMatchObject({ news: { counted: false, inMs: 0 } })
  })
})

describe('back-off', () => {
  const waits = (paper: Paper): number[] =>
    paper.news.flatMap(({ news }) => (news.type === 'restarting' ? [news.inMs] : []))

  test('grows with failures in a row and starts anew after a quiet time', () => {
    const paper = new Paper({ intensity: { max: 100, periodMs: 1_000 } }).running('a')
    for (const runsMs of [0, 0, 499, 500, 0]) {
      paper.failed('a')
      paper.due()
      paper.started('a')
      paper.now += runsMs
    }
    expect(waits(paper)).toEqual([10, 20, 40, 80, 10])
  })

  test('time spent down or starting is no quiet time', () => {
    const paper = new Paper({ intensity: { max: 100, periodMs: 1_000 } }).running('a')
    paper.failed('a')
    paper.due()
    paper.now += 5_000
    paper.failed('a')
    expect(waits(paper)).toEqual([10, 20])
  })

  test('is jittered by the random number given', () => {
    const paper = new Paper({ backoff: { minMs: 100, maxMs: 1_000, jitter: 0.5, resetMs: 1 } }).running('a')
    paper.random = 0.5
    paper.failed('a')
    expect(waits(paper)).toEqual([75])
  })

  test("a child's own back-off goes before the supervisor's", () => {
    const backoff = { minMs: 70, maxMs: 70, jitter: 0, resetMs: 1 }
    const paper = new Paper().running({ id: 'a', restart: 'permanent', backoff })
    paper.failed('a')
    expect(waits(paper)).toEqual([70])
  })

  test('a due that comes early starts nobody', () => {
    const paper = new Paper().running('a')
    paper.failed('a')
    paper.now = 9
    expect(paper.give({ type: 'due' })).toEqual([])
    paper.now = 10
    expect(paper.give({ type: 'due' })).toEqual(['start a'])
  })
})

describe('a restart that was asked for', () => {
  test('of a running child: drained, stopped, started; charged to nobody', () => {
    const paper = new Paper().running('a')
    expect(paper.give({ type: 'restart', id: 'a' })).toEqual(['stop a restart drain'])
    expect(paper.halted('a')).toEqual(['start a'])
    expect(paper.state.charges).toEqual([])
    expect(paper.news).toMatchObject([{ news: { type: 'restarting', cause: { kind: 'asked' }, counted: false } }])
  })

  test('of a parked child: starts with a fresh budget and back-off', () => {
    const budget = { max: 1, periodMs: 10_000, exhausted: 'park' as const }
    const paper = new Paper().running({ id: 'a', restart: 'permanent', budget })
    paper.failed('a')
    paper.due()
    expect(paper.failed('a')).toEqual(['park a'])
    expect(paper.give({ type: 'restart', id: 'a' })).toEqual(['start a'])
    expect(paper.failed('a')).toEqual([])
    expect(paper.news.at(-1)).toMatchObject({ news: { type: 'restarting', inMs: 10, restarts: 3 } })
  })

  test('of a child in back-off: now', () => {
    const paper = new Paper().running('a')
    paper.failed('a')
    expect(paper.give({ type: 'restart', id: 'a' })).toEqual(['start a'])
  })

  test('of one that is being removed, or restarting already: nothing', () => {
    const paper = new Paper().running('a')
    paper.give({ type: 'restart', id: 'a' })
    expect(paper.give({ type: 'restart', id: 'a' })).toEqual([])
    paper.give({ type: 'remove', id: 'a' })
    expect(paper.give({ type: 'restart', id: 'a' })).toEqual([])
    expect(paper.halted('a')).toEqual(['forget a'])
  })

  test('takes along those that depend on it, drained in reverse', () => {
    const paper = new Paper({ strategy: 'rest_for_one' }).running('a', 'b', 'c')
    expect(paper.give({ type: 'restart', id: 'b' })).toEqual(['stop c restart drain'])
    expect(paper.halted('c')).toEqual(['stop b restart drain'])
    expect(paper.halted('b')).toEqual(['start b'])
    expect(paper.started('b')).toEqual(['start c'])
  })
})

describe('removing and closing', () => {
  test('a parked child, or one in back-off, is gone at once', () => {
    const paper = new Paper().running('a', {
      id: 'b',
      restart: 'permanent',
      budget: { max: 0, periodMs: 1, exhausted: 'park' },
    })
    paper.failed('a')
    paper.failed('b')
    expect(paper.give({ type: 'remove', id: 'a' })).toEqual(['forget a'])
    expect(paper.give({ type: 'remove', id: 'b' })).toEqual(['forget b'])
  })

  test('one that is starting is stopped, and its late start changes nothing', () => {
    const paper = new Paper()
    paper.add('a')
    expect(paper.give({ type: 'remove', id: 'a' })).toEqual(['stop a shutdown drain'])
    expect(paper.started('a')).toEqual([])
    expect(paper.halted('a')).toEqual(['forget a'])
    expect(paper.news).toEqual([])
  })

  test('sequential: all stop in reverse, one after the other', () => {
    const paper = new Paper().running('a', 'b', 'c')
    expect(paper.give({ type: 'close', drain: true })).toEqual(['stop c shutdown drain'])
    expect(paper.halted('c')).toEqual(['stop b shutdown drain', 'forget c'])
    expect(paper.halted('b')).toEqual(['stop a shutdown drain', 'forget b'])
    expect(paper.halted('a')).toEqual(['forget a'])
  })

  test('concurrent: all stop at once', () => {
    const paper = new Paper({ order: 'concurrent' }).running('a', 'b', 'c')
    expect(paper.give({ type: 'close', drain: true })).toEqual([
      'stop c shutdown drain',
      'stop b shutdown drain',
      'stop a shutdown drain',
    ])
  })

  test('nothing starts any more, and a failure is only an end', () => {
    const paper = new Paper().running('a', 'b')
    paper.failed('a')
    expect(paper.give({ type: 'close', drain: false })).toEqual(['stop b shutdown', 'forget a'])
    expect(nextDue(paper.state, paper.now)).toBeUndefined()
    expect(paper.failed('b')).toEqual(['forget b'])
  })

  test('a child that fails while it waits for its turn to stop is simply down', () => {
    const paper = new Paper().running('a', 'b')
    paper.give({ type: 'close', drain: true })
    expect(paper.failed('a')).toEqual(['forget a'])
    expect(paper.halted('b')).toEqual(['forget b'])
  })

  test('news of a child that is gone changes nothing', () => {
    const paper = new Paper().running('a')
    const before = paper.state.children
    for (const type of ['started', 'halted', 'finished', 'remove', 'restart'] as const)
      expect(paper.give({ type, id: 'x' })).toEqual([])
    expect(paper.failed('x')).toEqual([])
    expect(paper.state.children).toEqual(before)
  })
})

test('supervise changes neither the state that it is given nor its children', () => {
  const paper = new Paper().running('a', 'b')
  const before = paper.state
  const copy = structuredClone(before)
  paper.failed('a')
  expect(before).toEqual(copy)
})
