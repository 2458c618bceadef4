import {
  createActorSystem,
  type ActorEvent,
  type ActorFactory,
  type ActorRef,
  type ActorSystem,
  type ChildSpec,
  type SupervisionPolicy,
} from '../actor/index.js'
import type { Random } from '../ports/random.js'
import { ActorProbe } from './actor-probe.js'
import { ManualClock } from './manual-clock.js'
import { seededRandom } from './seeded-random.js'

export interface TestSystemOptions {
  /** Default 1. */
  readonly seed?: number
  readonly supervision?: SupervisionPolicy
}

/** An actor system under virtual time: nothing happens but between two awaits of the test, in the same order every time. */
export class TestSystem {
  readonly clock = new ManualClock()
  readonly random: Random
  readonly system: ActorSystem
  /** Everything that the system published. */
  readonly events: ActorEvent[] = []
  #probes = 0

  constructor({ seed = 1, supervision }: TestSystemOptions = {}) {
    this.random = seededRandom(seed)
    this.system = createActorSystem({
      clock: this.clock,
      random: this.random,
      listener: event => this.events.push(event),
      // The actors take their turns as promise callbacks, so that `settle` waits for all of them.
      defer: run => queueMicrotask(run),
      ...(supervision && { supervision }),
    })
  }

  /** Adds a top actor; `spec` defaults to one that is never restarted and stops within a second. */
  spawn<M>(id: string, start: ActorFactory<M>, spec: Partial<Omit<ChildSpec<M>, 'id' | 'start'>> = {}): ActorRef<M> {
    return this.system.spawn<M>({ restart: 'temporary', shutdown: { stopMs: 1_000 }, ...spec, id, start })
  }

  probe<M>(id = `probe-${++this.#probes}`): ActorProbe<M> {
    const messages: M[] = []
    const start: ActorFactory<M> = () => ({
      receive(message) {
        messages.push(message)
      },
    })
    return new ActorProbe(this.spawn(id, start), messages, this.clock)
  }

  /** The events of one type, in order. */
  eventsOf<T extends ActorEvent['type']>(type: T): Extract<ActorEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ActorEvent, { type: T }> => event.type === type)
  }

  settle(): Promise<void> {
    return this.clock.settle()
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /** Stops the system, moving time as far as that takes. */
  async stop(): Promise<void> {
    let ended = false
    void this.system.stop().then(() => {
      ended = true
    })
    await this.clock.advanceUntil(() => ended)
  }
}
