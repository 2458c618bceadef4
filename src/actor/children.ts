import { MillraceError, errorCode, errorMessage } from '../core/error.js'
import type { TimerHandle } from '../ports/clock.js'
import type { StopReason } from './behavior.js'
import type { Child, ChildView, MakeChild, Parent } from './child.js'
import type { SupervisionEvent, SupervisionNews } from './event.js'
import type { Kernel } from './kernel.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { ActorSnapshot } from './snapshot.js'
import type { ChildSpec, SupervisionPolicy } from './spec.js'
import type { ChildState, Decision, SupervisionInput } from './supervision-state.js'
import { Supervised } from './supervised.js'

/** The actor whose children they are. */
export interface ChildrenOwner {
  readonly path: string
  childEvent(event: SupervisionEvent): void
  escalate(error: unknown): void
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

/** The children of one life of an actor: carries out what `supervise` decides. */
export class Children implements Parent {
  readonly path: string
  readonly #kernel: Kernel
  readonly #owner: ChildrenOwner
  readonly #make: MakeChild
  readonly #children = new Map<string, Child>()
  /** Inputs that arose while decisions were carried out. */
  readonly #inputs: SupervisionInput[] = []
  #working = false
  readonly #supervised: Supervised
  #timer: TimerHandle | undefined
  #awaitingStart: Waiter[] = []
  #closed: (() => void) | undefined

  constructor(kernel: Kernel, policy: SupervisionPolicy, owner: ChildrenOwner, make: MakeChild) {
    this.path = owner.path
    this.#kernel = kernel
    this.#supervised = new Supervised(policy)
    this.#owner = owner
    this.#make = make
  }

  spawn<M>(spec: ChildSpec<M>): ActorRef<M> {
    if (this.#supervised.closing) throw stoppedError(this.path)
    if (this.#children.has(spec.id))
      throw new MillraceError('actor.id_taken', `${this.path} has a child ${spec.id} already.`, {
        hint: 'Remove it and wait until it is gone.',
      })
    const child = this.#make(spec, this)
    this.#children.set(spec.id, child)
    this.#input({ type: 'added', rules: spec })
    return child.ref
  }

  get(id: string): AnyRef | undefined {
    return this.#children.get(id)?.ref
  }

  remove(id: string): Promise<void> {
    return new Promise(resolve => {
      const child = this.#children.get(id)
      if (child === undefined) return resolve()
      child.ref.onTerminated(() => resolve())
      this.#input({ type: 'remove', id })
    })
  }

  restart(id: string): void {
    if (!this.#children.has(id)) throw new MillraceError('actor.child_unknown', `${this.path} has no child ${id}.`)
    this.#input({ type: 'restart', id })
  }

  started(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaitingStart.push({ resolve, reject })
      this.#settleAwaitingStart()
    })
  }

  /** Whoever waits for `started` waits no more: these children are about to stop. */
  giveUpStart(reason: unknown): void {
    const waiters = this.#awaitingStart
    this.#awaitingStart = []
    for (const waiter of waiters) waiter.reject(reason)
  }

  /** Stops all and resolves when they are gone; nothing can be added any more. */
  close(drain: boolean): Promise<void> {
    return new Promise(resolve => {
      this.#closed = resolve
      this.#input({ type: 'close', drain })
    })
  }

  childStarted(id: string): void {
    this.#input({ type: 'started', id })
  }

  childEnded(id: string, reason: StopReason): void {
    switch (reason.kind) {
      case 'failed':
        return this.#input({ type: 'failed', id, error: reason.error })
      case 'finished':
        return this.#input({ type: 'finished', id })
      case 'restart':
      case 'shutdown':
        return this.#input({ type: 'halted', id })
    }
  }

  snapshot(): ActorSnapshot[] {
    const now = this.#kernel.clock.now()
    return [...this.#supervised.children].flatMap(
      state => this.#children.get(state.rules.id)?.snapshot(viewOf(state, now)) ?? [],
    )
  }

  #input(input: SupervisionInput): void {
    this.#inputs.push(input)
    if (this.#working) return
    this.#working = true
    let now = 0
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      now = this.#kernel.clock.now()
      for (const decision of this.#supervised.take(next, now, this.#kernel.random.next())) this.#carryOut(decision)
    }
    this.#working = false
    this.#setTimer(now)
    this.#settleAwaitingStart()
    if (this.#supervised.closing && this.#children.size === 0) this.#closed?.()
  }

  #carryOut(decision: Decision): void {
    const child = this.#children.get(decision.id) as Child
    switch (decision.do) {
      case 'start':
        return child.launch(decision.restarts)
      case 'stop':
        return child.halt(decision)
      case 'park':
        return child.park()
      case 'escalate':
        return this.#owner.escalate(
          new MillraceError(
            'actor.escalated',
            `${this.path} gave up on ${decision.id}: ${errorMessage(decision.error)}`,
            {
              cause: decision.error,
            },
          ),
        )
      case 'announce':
        return this.#announce(child, decision.news)
      case 'forget': {
        const outcome = child.lastOutcome ?? { reason: { kind: 'shutdown' }, abandoned: false }
        this.#children.delete(decision.id)
        this.#announce(child, { type: 'stopped', outcome })
        return child.forget(outcome)
      }
    }
  }

  #announce({ ref }: Child, news: SupervisionNews): void {
    const event: SupervisionEvent = { path: ref.path, id: ref.id, ...news }
    this.#kernel.publish(event)
    this.#owner.childEvent(event)
  }

  /** `decidedAt`: when the last step was; what falls due between it and now is not forgotten. */
  #setTimer(decidedAt: number): void {
    const { clock } = this.#kernel
    if (this.#timer !== undefined) clock.clearTimer(this.#timer)
    const due = this.#supervised.nextDue(decidedAt)
    this.#timer =
      due === undefined ? undefined : clock.setTimer(() => this.#input({ type: 'due' }), Math.max(0, due - clock.now()))
  }

  #settleAwaitingStart(): void {
    if (this.#awaitingStart.length === 0) return
    for (const { hasStarted, goal } of this.#supervised.children) if (!hasStarted && goal !== 'parked') return
    const waiters = this.#awaitingStart
    this.#awaitingStart = []
    for (const waiter of waiters) waiter.resolve()
  }
}

export function stoppedError(path: string): MillraceError {
  return new MillraceError('actor.stopped', `${path} has stopped.`)
}

function viewOf(child: ChildState, now: number): ChildView {
  const { lastError, restarts } = child
  return {
    state: child.goal === 'parked' ? 'parked' : child.notBefore > now ? 'backoff' : 'waiting',
    restarts,
    ...(child.notBefore > now && { restartInMs: child.notBefore - now }),
    ...(lastError !== undefined && { lastError: { code: errorCode(lastError), message: errorMessage(lastError) } }),
  }
}
