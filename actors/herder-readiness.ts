import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError } from '../src/core/error.js'
import type { Herder } from '../src/ports/herder.js'
import type { EngineServices } from './engine.js'

/** The longest that a request may wait (contract §1.1). */
const requestMs = 90_000
const againMs = 50

/** Waits while a part of the node restarts: a request then takes longer, as one that Connect's herder is slow to take, and does not fail. */
export function readiness(services: EngineServices, waitMs = requestMs): Pick<Herder, 'whenUp'> {
  const isUp = (): boolean => Object.values(services).every(part => part.isProvided)

  const wait = async (): Promise<void> => {
    const deadline = performance.now() + waitMs
    while (!isUp()) {
      if (performance.now() > deadline)
        throw new MillraceError('node.request_timed_out', 'Request timed out', {
          hint: 'Part of the node does not come up; its log says which.',
        })
      await sleep(againMs)
    }
  }

  return { whenUp: () => (isUp() ? undefined : wait()) }
}
