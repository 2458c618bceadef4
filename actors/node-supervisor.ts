import type { ActorFactory } from '../src/actor/behavior.js'
import type { SupervisionPolicy } from '../src/actor/spec.js'
import { api, type ApiParts } from './api.js'
import { engine, type EngineParts } from './engine.js'

export interface NodeParts {
  readonly engine: EngineParts
  /** Absent: the node has no REST API. */
  readonly api?: ApiParts
}

/** The node gets two chances a minute; what then still fails escalates, and the process ends non-zero. */
const supervision: SupervisionPolicy = {
  strategy: 'one_for_one',
  intensity: { max: 2, periodMs: 60_000 },
  backoff: { minMs: 200, maxMs: 5_000, jitter: 0.2, resetMs: 60_000 },
  order: 'sequential',
}

/** One per process: the root of all that runs here. It has nobody to talk to, so it takes no message. */
export function nodeSupervisor(parts: NodeParts): ActorFactory<never> {
  return () => ({
    supervision,
    async started(context) {
      // The engine first, so that the first REST answer is a true one. Stopping goes in reverse: no request outlives the engine.
      context.spawn({
        id: 'engine',
        start: engine(parts.engine),
        restart: 'permanent',
        shutdown: { stopMs: parts.engine.stopMs },
      })
      if (parts.api) {
        context.spawn({ id: 'api', start: api(parts.api), restart: 'permanent', shutdown: { stopMs: 2_000 } })
      }
      await context.childrenStarted()
    },
    receive: message => message,
  })
}
