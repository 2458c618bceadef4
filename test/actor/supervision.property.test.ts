import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import type { Backoff, Budget, RestartPolicy, SupervisionPolicy } from '../../src/actor/spec.js'
import type { ChildRules, Decision, SupervisionInput, SupervisionState } from '../../src/actor/supervision-state.js'
import { Supervised } from '../../src/actor/supervised.js'
import { nextDue, supervise } from '../../src/actor/supervision.js'
import { seededRandom } from '../../src/testkit/index.js'
import { childless } from './supervision-model.js'

const errors = {
  ordinary: new Error('x'),
  retry: new MillraceError('db.away', 'x', { disposition: 'retry', retryAfterMs: 30 }),
  lost: new MillraceError('thread.lost', 'x'),
}

type Action =
  | { do: 'add'; at: number }
  | { do: 'remove' | 'restart' | 'started' | 'finished' | 'halted'; at: number }
  | { do: 'fail'; at: number; error: keyof typeof errors }
  | { do: 'wait'; ms: number }
  | { do: 'close' }

const times = <const T>(count: number, what: T): T[] => Array.from({ length: count }, () => what)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...times(3, 'add'),
        ...times(6, 'started'),
        ...times(3, 'halted'),
        'remove',
        'restart',
        'finished',
      ),
      at: fc.nat(9),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('fail'),
      at: fc.nat(9),
      error: fc.constantFrom('ordinary', 'retry', 'lost'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close') }) },
)

const backoff: fc.Arbitrary<Backoff> = fc.record({
  minMs: fc.nat(20),
  maxMs: fc.integer({ min: 20, max: 200 }),
  jitter: fc.constantFrom(0, 0.2, 1),
  resetMs: fc.nat(200),
})
const budget: fc.Arbitrary<Budget> = fc.record({
  max: fc.nat(3),
  periodMs: fc.integer({ min: 1, max: 500 }),
  exhausted: fc.constantFrom('park', 'escalate'),
})
const rules = fc.record(
  { restart: fc.constantFrom<RestartPolicy>('permanent', 'permanent', 'transient', 'temporary'), budget, backoff },
  { requiredKeys: ['restart'] },
)
const policy: fc.Arbitrary<SupervisionPolicy> = fc
  .record({
    strategy: fc.constantFrom('one_for_one' as const, 'one_for_all' as const, 'rest_for_one' as const),
    intensity: fc.record({ max: fc.nat(6), periodMs: fc.integer({ min: 1, max: 500 }) }),
    backoff,
    order: fc.constantFrom('sequential' as const, 'concurrent' as const),
  })
  .map(policy => (policy.strategy === 'one_for_one' ? policy : { ...policy, order: 'sequential' as const }))

type Body = 'down' | 'starting' | 'up' | 'stopping'

/** In which phases a child's own actions make sense. */
const happensIn: Record<'remove' | 'restart' | 'started' | 'finished' | 'halted' | 'fail', Body[]> = {
  remove: ['down', 'starting', 'up', 'stopping'],
  restart: ['down', 'starting', 'up', 'stopping'],
  started: ['starting'],
  finished: ['starting', 'up', 'stopping'],
  halted: ['stopping'],
  fail: ['starting', 'up', 'stopping'],
}

/** A world of bodies that does what is decided and holds what must never happen. */
class World {
  now = 0
  state: SupervisionState
  readonly bodies = new Map<string, Body>()
  readonly parked = new Set<string>()
  /** When each child's own budget was charged; under '' the supervisor's intensity. */
  readonly charged = new Map<string, number[]>()
  readonly removed = new Set<string>()
  escalated = false
  readonly #random = seededRandom(7)
  readonly #supervised: Supervised
  readonly #rules = new Map<string, ChildRules>()

  constructor(policy: SupervisionPolicy) {
    this.state = childless(policy)
    this.#supervised = new Supervised(policy)
  }

  apply(action: Action, newRules: Omit<ChildRules, 'id'>): void {
    if (action.do === 'wait') {
      const until = this.now + action.ms
      for (
        let due = nextDue(this.state, this.now);
        due !== undefined && due <= until;
        due = nextDue(this.state, this.now)
      ) {
        assert.ok(due > this.now)
        this.now = due
        this.give({ type: 'due' })
      }
      this.now = until
      return
    }
    if (action.do === 'close') return this.give({ type: 'close', drain: true })
    if (action.do === 'add') {
      const id = `c${action.at}`
      if (this.bodies.has(id) || this.state.closing) return
      const rules = { ...newRules, id }
      this.#rules.set(id, rules)
      this.bodies.set(id, 'down')
      return this.give({ type: 'added', rules })
    }
    const candidates = [...this.bodies].filter(([, body]) => happensIn[action.do].includes(body))
    const [id] = candidates[action.at % Math.max(1, candidates.length)] ?? []
    if (id === undefined) return
    switch (action.do) {
      case 'started':
        this.bodies.set(id, 'up')
        return this.give({ type: 'started', id })
      case 'halted':
        this.bodies.set(id, 'down')
        return this.give({ type: 'halted', id })
      case 'finished':
        this.bodies.set(id, 'down')
        return this.give({ type: 'finished', id })
      case 'fail':
        this.bodies.set(id, 'down')
        return this.give({ type: 'failed', id, error: errors[action.error] })
      case 'restart': {
        // On its way down, or to be gone, it is not asked: then nothing is forgiven either.
        const { phase, goal } = this.state.children.find(child => child.rules.id === id)!
        if (phase !== 'stopping' && goal !== 'gone') {
          this.parked.delete(id)
          this.charged.delete(id)
        }
        return this.give({ type: 'restart', id })
      }
      case 'remove':
        this.removed.add(id)
        return this.give({ type: action.do, id })
    }
  }

  /** Lets everything come to rest: what starts comes up, what stops comes down, back-offs end. */
  comeToRest(): void {
    for (let n = 0; n < 1_000; n++) {
      const [id, body] = [...this.bodies].find(([, body]) => body === 'starting' || body === 'stopping') ?? []
      const due = nextDue(this.state, this.now)
      if (id !== undefined) {
        this.bodies.set(id, body === 'starting' ? 'up' : 'down')
        this.give({ type: body === 'starting' ? 'started' : 'halted', id })
      } else if (due !== undefined) {
        this.now = due
        this.give({ type: 'due' })
      } else return
    }
    throw new Error('it never comes to rest')
  }

  give(input: SupervisionInput): void {
    const random = this.#random.next()
    const step = supervise(this.state, input, this.now, random)
    this.state = step.state
    // Who looks at the one child only that a step is about comes to the same.
    assert.deepEqual(this.#supervised.take(input, this.now, random), step.decisions)
    assert.deepEqual([...this.#supervised.children], this.state.children)
    assert.equal(this.#supervised.nextDue(this.now), nextDue(this.state, this.now))
    for (const decision of step.decisions) this.#carryOut(decision)
    assert.deepEqual(
      Object.fromEntries(this.bodies),
      Object.fromEntries(this.state.children.map(child => [child.rules.id, child.phase])),
    )
  }

  #carryOut(decision: Decision): void {
    const { id } = decision
    const body = this.bodies.get(id)
    switch (decision.do) {
      case 'start':
        assert.equal(body, 'down')
        assert.equal(this.escalated, false)
        assert.equal(this.state.closing, false)
        assert.equal(this.parked.has(id), false)
        this.#mayStart(id)
        this.bodies.set(id, 'starting')
        return
      case 'stop':
        assert.ok(body === 'starting' || body === 'up')
        this.#mayStop(id)
        this.bodies.set(id, 'stopping')
        return
      case 'forget':
        assert.equal(body, 'down')
        this.bodies.delete(id)
        this.removed.delete(id)
        this.parked.delete(id)
        this.charged.delete(id)
        return
      case 'park':
        assert.equal(body, 'down')
        assert.equal(this.#rules.get(id)?.budget?.exhausted, 'park')
        this.#isSpent(id)
        this.parked.add(id)
        return
      case 'escalate':
        assert.equal(this.escalated, false)
        assert.notEqual(this.#rules.get(id)?.budget?.exhausted, 'park')
        this.#isSpent(id)
        this.escalated = true
        return
      case 'announce':
        if (decision.news.type === 'restarting' && decision.news.counted) this.#charge(id)
    }
  }

  /** Where children depend on each other, all before it are up; else it waits for first starts only. */
  #mayStart(id: string): void {
    const { policy, children } = this.state
    const before = children.slice(
      0,
      children.findIndex(child => child.rules.id === id),
    )
    if (policy.strategy !== 'one_for_one') {
      for (const child of before) assert.equal(this.bodies.get(child.rules.id), 'up')
      assert.ok(![...this.bodies.values()].includes('stopping'))
    } else if (policy.order === 'sequential' && this.state.children[before.length]?.hasStarted === false)
      for (const child of before) assert.equal(child.hasStarted || child.goal === 'parked', true)
  }

  /** Where children depend on each other, none stops before a later one that must. */
  #mayStop(id: string): void {
    const { policy, children, closing } = this.state
    if (policy.strategy === 'one_for_one' && !(closing && policy.order === 'sequential')) return
    for (const child of children.slice(children.findIndex(child => child.rules.id === id) + 1))
      if (child.goal !== 'up') assert.equal(this.bodies.get(child.rules.id), 'down')
  }

  #limit(id: string): { key: string; max: number; periodMs: number } {
    const own = this.#rules.get(id)?.budget
    return own ? { key: id, ...own } : { key: '', ...this.state.policy.intensity }
  }

  #recent(id: string): number {
    const { key, periodMs } = this.#limit(id)
    return (this.charged.get(key) ?? []).filter(at => this.now - at < periodMs).length
  }

  #charge(id: string): void {
    const { key, max } = this.#limit(id)
    this.charged.set(key, [...(this.charged.get(key) ?? []), this.now])
    assert.ok(this.#recent(id) <= max)
  }

  #isSpent(id: string): void {
    assert.equal(this.#recent(id), this.#limit(id).max)
  }
}

test('whatever happens: order, budgets and goals hold, and all comes to rest where it should', () => {
  fc.assert(
    fc.property(policy, fc.array(fc.tuple(action, rules), { maxLength: 100, size: 'max' }), (policy, actions) => {
      const world = new World(policy)
      for (const [action, newRules] of actions) world.apply(action, newRules)
      world.comeToRest()
      assert.equal(world.removed.size, 0)
      if (world.state.closing) assert.equal(world.state.children.length, 0)
      let blocked = false
      for (const child of world.state.children) {
        const parked = child.goal === 'parked'
        expect(world.parked.has(child.rules.id)).toBe(parked)
        expect(child.phase).toBe(parked || blocked ? 'down' : 'up')
        blocked ||= parked && policy.strategy !== 'one_for_one'
      }
    }),
    { numRuns: 500 },
  )
})
