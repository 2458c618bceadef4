import type { Clock } from '../ports/clock.js'
import type { Random } from '../ports/random.js'
import type { ActorContext, Behavior, Outcome } from './behavior.js'
import { Cell } from './cell.js'
import type { Parent } from './child.js'
import { Dispatcher } from './dispatcher.js'
import type { ActorEvent, ActorListener } from './event.js'
import { callListener, type Kernel } from './kernel.js'
import type { ActorRef } from './ref.js'
import type { ActorSnapshot } from './snapshot.js'
import { defaultSupervision, type ChildSpec, type SupervisionPolicy } from './spec.js'

export interface ActorSystemOptions {
  readonly clock: Clock
  readonly random: Random
  readonly listener?: ActorListener
  /** Of the top actors. Default: one_for_one, and the first failure that would need a restart ends the system. */
  readonly supervision?: SupervisionPolicy
  /** Runs something after the event loop has had its turn. Default `setImmediate`. */
  readonly defer?: (run: () => void) => void
}

/** The actors of one thread. */
export interface ActorSystem {
  /** Adds a top actor, whose path is its id. */
  spawn<M>(spec: ChildSpec<M>): ActorRef<M>
  /** As `ActorContext.childrenStarted`, for the top actors. */
  started(): Promise<void>
  /** The top actors with all that is below them: the supervision tree. */
  snapshot(): readonly ActorSnapshot[]
  /** Stops the top actors in reverse, each by its own ladder. Resolves with how the system ended. */
  stop(): Promise<Outcome>
  /** Resolves when all has ended: after `stop`, or by itself with reason `failed` when the top's budget is exceeded. Never rejects. */
  readonly ended: Promise<Outcome>
}

const topSupervision: SupervisionPolicy = { ...defaultSupervision, intensity: { max: 0, periodMs: 1 } }

/** Makes a system without actors. */
export function createActorSystem({
  clock,
  random,
  listener,
  supervision = topSupervision,
  defer = setImmediate,
}: ActorSystemOptions): ActorSystem {
  const dispatcher = new Dispatcher(clock, defer)
  const publish = (event: ActorEvent): void => {
    if (listener !== undefined) callListener(() => listener(event))
  }
  return new LocalActorSystem({ clock, random, dispatcher, publish }, supervision)
}

/** The top actors are the children of a nameless one, so that one mechanism serves all levels. */
class LocalActorSystem implements ActorSystem {
  readonly ended: Promise<Outcome>
  readonly #top: Cell<never>
  readonly #context: ActorContext<never>

  constructor(kernel: Kernel, supervision: SupervisionPolicy) {
    let resolveEnded: (outcome: Outcome) => void
    this.ended = new Promise(resolve => {
      resolveEnded = resolve
    })
    const parent: Parent = {
      path: '',
      childStarted() {},
      childEnded: (_id, reason, abandoned) => resolveEnded({ reason, abandoned }),
    }
    let topContext: ActorContext<never> | undefined
    const start = (context: ActorContext<never>): Behavior<never> => {
      topContext = context
      return { supervision, receive() {} }
    }
    this.#top = new Cell<never>(kernel, { id: '', start, restart: 'temporary', shutdown: { stopMs: 0 } }, parent)
    this.#top.launch(0)
    this.#context = topContext as unknown as ActorContext<never>
  }

  spawn<M>(spec: ChildSpec<M>): ActorRef<M> {
    return this.#context.spawn(spec)
  }

  started(): Promise<void> {
    return this.#context.childrenStarted()
  }

  snapshot(): readonly ActorSnapshot[] {
    return this.#top.snapshot({ state: 'stopped', restarts: 0 }).children
  }

  stop(): Promise<Outcome> {
    this.#top.halt({ reason: 'shutdown', drain: true })
    return this.ended
  }
}
