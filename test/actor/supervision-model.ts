import type { SupervisionNews } from '../../src/actor/event.js'
import type { SupervisionPolicy } from '../../src/actor/spec.js'
import type {
  ChildRules,
  ChildState,
  Decision,
  SupervisionInput,
  SupervisionState,
} from '../../src/actor/supervision-state.js'
import { nextDue, supervise } from '../../src/actor/supervision.js'

/** No jitter, and waits of 10, 20, 40 … ms. */
export const policy: SupervisionPolicy = {
  strategy: 'one_for_one',
  intensity: { max: 3, periodMs: 1_000 },
  backoff: { minMs: 10, maxMs: 1_000, jitter: 0, resetMs: 500 },
  order: 'sequential',
}

/** Before there is a child. */
export const childless = (of: SupervisionPolicy): SupervisionState => ({
  policy: of,
  children: [],
  charges: [],
  closing: false,
})

/** A supervisor on paper: the inputs are given by hand, the decisions are looked at. */
export class Paper {
  now = 0
  random = 0
  state
  news: { id: string; news: SupervisionNews }[] = []

  constructor(changes: Partial<SupervisionPolicy> = {}) {
    this.state = childless({ ...policy, ...changes })
  }

  /** What must be done now, `start a`, `stop a restart`, …; announcements go to `news`. */
  give(input: SupervisionInput): string[] {
    const { state, decisions } = supervise(this.state, input, this.now, this.random)
    this.state = state
    const todo: string[] = []
    for (const decision of decisions)
      if (decision.do === 'announce') this.news.push(decision)
      else todo.push(written(decision))
    return todo
  }

  add(id: string, rules: Partial<ChildRules> = {}): string[] {
    return this.give({ type: 'added', rules: { id, restart: 'permanent', ...rules } })
  }

  /** Adds and starts children, whatever their order. */
  running(...children: (string | ChildRules)[]): this {
    for (const child of children) {
      const rules = typeof child === 'string' ? { id: child, restart: 'permanent' as const } : child
      this.give({ type: 'added', rules })
      this.give({ type: 'started', id: rules.id })
    }
    this.news = []
    return this
  }

  started(id: string): string[] {
    return this.give({ type: 'started', id })
  }

  failed(id: string, error: unknown = new Error(`${id} failed`)): string[] {
    return this.give({ type: 'failed', id, error })
  }

  halted(id: string): string[] {
    return this.give({ type: 'halted', id })
  }

  /** Moves to the end of the next back-off. */
  due(): string[] {
    this.now = nextDue(this.state, this.now) ?? this.now
    return this.give({ type: 'due' })
  }

  child(id: string): ChildState {
    const child = this.state.children.find(({ rules }) => rules.id === id)
    if (child === undefined) throw new Error(`no child ${id}`)
    return child
  }
}

function written(decision: Exclude<Decision, { do: 'announce' }>): string {
  const { do: what, id } = decision
  return decision.do === 'stop' ? `stop ${id} ${decision.reason}${decision.drain ? ' drain' : ''}` : `${what} ${id}`
}
