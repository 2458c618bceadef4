import type { ActorFactory } from '../src/actor/behavior.js'

/** A listening HTTP server. */
export interface Listening {
  readonly url: string
  /** Where the administration endpoints are, if not there. */
  readonly adminUrl?: string
  /** Where it is for reading only. */
  readonly readonlyUrl?: string
  close(): Promise<void>
}

export interface ApiParts {
  /** Listens; fails with what the system says (`EADDRINUSE`). */
  readonly listen: () => Promise<Listening>
  /** Called whenever it listens anew. */
  readonly onListening: (at: Listening) => void
}

/** Serves the REST API while it lives. Requests go to the herder, not to this actor. */
export function api(parts: ApiParts): ActorFactory<never> {
  return () => {
    let listening: Listening | undefined
    return {
      async started() {
        listening = await parts.listen()
        parts.onListening(listening)
      },
      receive: message => message,
      stopped: () => listening?.close(),
    }
  }
}
