import { MillraceError } from '../core/error.js'
import type { RestartCause, SupervisionNews } from './event.js'
import { backoffMs, charge, costOf, retryAfterOf } from './restart-rules.js'
import { areConcurrent } from './spec.js'
import type { ChildRules, ChildState, Decision, SupervisionInput, SupervisionState } from './supervision-state.js'

/** One step of `supervise`: works on a copy of the children. */
export class SupervisionStep {
  readonly decisions: Decision[] = []
  readonly #policy
  readonly #children: ChildState[]
  readonly #now: number
  readonly #random: number
  #charges
  #closing
  /** The children that the input may have set in motion: `[#from, #to)`. */
  #from = 0
  #to: number
  #concernsAll = false

  constructor(state: SupervisionState, now: number, random: number) {
    this.#policy = state.policy
    this.#children = [...state.children]
    this.#charges = state.charges
    this.#closing = state.closing
    this.#now = now
    this.#random = random
    this.#to = this.#children.length
  }

  state(): SupervisionState {
    return { policy: this.#policy, children: this.#children, charges: this.#charges, closing: this.#closing }
  }

  take(input: SupervisionInput): void {
    switch (input.type) {
      case 'added':
        return this.#look(this.#add(input.rules))
      case 'close':
        return this.#close(input.drain)
      case 'due':
        return
      case 'started':
      case 'finished':
      case 'failed':
      case 'halted':
      case 'remove':
      case 'restart': {
        const index = this.#children.findIndex(child => child.rules.id === input.id)
        if (index < 0) return this.#look(index)
        this.#takeOf(index, input)
        return this.#look(index)
      }
    }
  }

  /** Down in reverse: where children depend on each other, and at the end of a sequential group, one at a time. */
  stopWhatMay(): void {
    const inOrder = this.#policy.strategy !== 'one_for_one' || (this.#closing && this.#policy.order === 'sequential')
    for (let index = this.#to - 1; index >= this.#from; index--) {
      const { phase, goal, drain, rules } = this.#at(index)
      const mustStop = goal !== 'up' && (phase === 'up' || phase === 'starting')
      if (mustStop) {
        this.#set(index, { phase: 'stopping' })
        this.#decide({ do: 'stop', id: rules.id, reason: goal === 'restart' ? 'restart' : 'shutdown', drain })
      }
      if (inOrder && (mustStop || phase === 'stopping')) return
    }
  }

  forgetWhatIsGone(): void {
    for (let index = this.#to - 1; index >= this.#from; index--) {
      const { phase, goal, rules } = this.#at(index)
      if (phase !== 'down' || goal !== 'gone') continue
      this.#children.splice(index, 1)
      this.#to--
      this.#decide({ do: 'forget', id: rules.id })
    }
  }

  /** Up in order: where children depend on each other, each waits until all before it are up; else only for their first start. */
  startWhatMay(): void {
    const dependent = this.#policy.strategy !== 'one_for_one'
    if (dependent && this.#children.some(({ goal }) => goal === 'restart' || goal === 'gone')) return
    let blocked = false
    for (let index = this.#from; index < this.#to; index++) {
      const { phase, goal, hasStarted, notBefore, rules, restarts } = this.#at(index)
      const mayStart = phase === 'down' && goal === 'up' && notBefore <= this.#now
      if (mayStart && !(blocked && (dependent || !hasStarted))) {
        this.#set(index, { phase: 'starting' })
        this.#decide({ do: 'start', id: rules.id, restarts })
      }
      if (dependent) blocked ||= phase !== 'up'
      else if (this.#policy.order === 'sequential') blocked ||= !hasStarted && goal !== 'parked'
    }
  }

  #takeOf(index: number, input: Extract<SupervisionInput, { id: string }>): void {
    switch (input.type) {
      case 'started':
        return this.#started(index)
      case 'halted':
        return this.#comeDown(index)
      case 'finished':
        return this.#finished(index)
      case 'failed':
        return this.#failed(index, input.error)
      case 'remove':
        return this.#set(index, { goal: 'gone', drain: true })
      case 'restart':
        return this.#restartAsked(index)
    }
  }

  #add(rules: ChildRules): number {
    this.#to = this.#children.push({
      rules,
      phase: 'down',
      goal: 'up',
      drain: false,
      hasStarted: false,
      notBefore: 0,
      upSince: 0,
      failures: 0,
      restarts: 0,
      charges: [],
      lastError: undefined,
    })
    return this.#to - 1
  }

  /** Concurrent children know nothing of each other: only the one that the input is about can move. */
  #look(index: number): void {
    if (!areConcurrent(this.#policy) || this.#concernsAll) return
    this.#from = Math.max(0, index)
    this.#to = index + 1
  }

  #close(drain: boolean): void {
    this.#closing = true
    this.#concernsAll = true
    for (let index = 0; index < this.#children.length; index++) this.#set(index, { goal: 'gone', drain })
  }

  #started(index: number): void {
    const { phase, restarts } = this.#at(index)
    // Asked to stop while it was starting: not up any more.
    if (phase !== 'starting') return
    this.#set(index, { phase: 'up', hasStarted: true, upSince: this.#now })
    this.#announce(index, { type: 'started', restarts })
  }

  #finished(index: number): void {
    const { phase, goal, rules } = this.#at(index)
    if (phase === 'stopping' || goal !== 'up') this.#comeDown(index)
    else if (rules.restart === 'permanent')
      this.#failed(index, new MillraceError('actor.finished', `The permanent actor ${rules.id} ended by itself.`))
    else this.#set(index, { phase: 'down', goal: 'gone' })
  }

  #failed(index: number, error: unknown): void {
    const { phase, goal, rules, failures, upSince, charges } = this.#at(index)
    this.#set(index, { lastError: error })
    // It failed on its way down: nothing to decide, it was going to end.
    if (phase === 'stopping' || goal !== 'up') return this.#comeDown(index)
    this.#set(index, { phase: 'down' })
    if (rules.restart === 'temporary') return this.#set(index, { goal: 'gone' })

    const cost = costOf(error)
    if (cost === 'nothing') return this.#restart(index, 0, false, error)
    const backoff = rules.backoff ?? this.#policy.backoff
    const inRow = phase === 'up' && this.#now - upSince >= backoff.resetMs ? 1 : failures + 1
    if (cost === 'budget') {
      const left = charge(rules.budget ? charges : this.#charges, rules.budget ?? this.#policy.intensity, this.#now)
      if (left === undefined) return this.#exhausted(index, error)
      if (rules.budget) this.#set(index, { charges: left })
      else this.#charges = left
    }
    this.#set(index, { failures: inRow })
    const inMs = backoffMs(backoff, inRow, this.#random, cost === 'time' ? retryAfterOf(error) : 0)
    this.#restart(index, inMs, cost === 'budget', error)
  }

  #restart(index: number, inMs: number, counted: boolean, error: unknown): void {
    this.#set(index, { notBefore: this.#now + inMs })
    this.#announceRestart(index, { kind: 'failed', error }, inMs, counted)
    this.#takeAlong(index, inMs, false)
  }

  #exhausted(index: number, error: unknown): void {
    const { rules, restarts } = this.#at(index)
    if (rules.budget?.exhausted === 'park') {
      this.#set(index, { goal: 'parked' })
      this.#decide({ do: 'park', id: rules.id, error })
      this.#announce(index, { type: 'parked', error, restarts })
      this.#takeAlong(index, 0, false)
      return
    }
    this.#announce(index, { type: 'escalated', error, restarts })
    this.#decide({ do: 'escalate', id: rules.id, error })
    this.#close(false)
  }

  /** Not a failure: whatever it was charged with is forgiven. */
  #restartAsked(index: number): void {
    const { phase, goal } = this.#at(index)
    if (goal === 'gone' || phase === 'stopping') return
    this.#set(index, {
      goal: phase === 'down' ? 'up' : 'restart',
      drain: true,
      notBefore: this.#now,
      failures: 0,
      charges: [],
    })
    this.#announceRestart(index, { kind: 'asked' }, 0, false)
    this.#takeAlong(index, 0, true)
  }

  /** The siblings that the strategy restarts with the child at `index`. */
  #takeAlong(index: number, inMs: number, drain: boolean): void {
    if (this.#policy.strategy === 'one_for_one') return
    const first = this.#policy.strategy === 'one_for_all' ? 0 : index + 1
    const sibling: RestartCause = { kind: 'sibling', id: this.#at(index).rules.id }
    for (let other = first; other < this.#children.length; other++) {
      const { phase, goal, rules, notBefore } = this.#at(other)
      if (other === index || goal === 'gone' || goal === 'parked') continue
      this.#set(other, { notBefore: Math.max(notBefore, this.#now + inMs) })
      if (phase === 'down' || goal === 'restart') continue
      // OTP: a temporary child is never restarted, also when a sibling's end took it down.
      this.#set(other, { goal: rules.restart === 'temporary' ? 'gone' : 'restart', drain })
      if (rules.restart !== 'temporary') this.#announceRestart(other, sibling, inMs, false)
    }
  }

  #comeDown(index: number): void {
    const { goal } = this.#at(index)
    this.#set(index, { phase: 'down', goal: goal === 'restart' ? 'up' : goal })
  }

  #announceRestart(index: number, cause: RestartCause, inMs: number, counted: boolean): void {
    const restarts = this.#at(index).restarts + 1
    this.#set(index, { restarts })
    this.#announce(index, { type: 'restarting', cause, restarts, inMs, counted })
  }

  #announce(index: number, news: SupervisionNews): void {
    this.#decide({ do: 'announce', id: this.#at(index).rules.id, news })
  }

  #decide(decision: Decision): void {
    this.decisions.push(decision)
  }

  #at(index: number): ChildState {
    return this.#children[index] as ChildState
  }

  #set(index: number, changes: Partial<ChildState>): void {
    this.#children[index] = { ...this.#at(index), ...changes }
  }
}
