import { setTimeout as sleep } from 'node:timers/promises'
import type { Herder } from '../src/ports/herder.js'
import type { EngineServices } from './engine.js'

/** How long the node may take to answer (contract §1.5). */
const answerMs = 10_000
const againMs = 100

/** Healthy is a node whose coordinator and work supervisor answer, and whose stores are up. */
export function nodeHealth(services: EngineServices): Pick<Herder, 'health'> {
  let wasUp = false

  const answers = async (withinMs: number): Promise<boolean> => {
    try {
      await services.coordinator
        .get()
        .ref.ask<void>(reply => ({ type: 'relay', message: { type: 'ping', reply } }), { timeoutMs: withinMs })
      services.stores.get()
      services.threads.get()
      return true
    } catch {
      // Whatever keeps it from answering, it may be over in a moment.
      return false
    }
  }

  return {
    async health() {
      const deadline = performance.now() + answerMs
      for (let left = answerMs; left > 0; left = deadline - performance.now()) {
        if (await answers(left)) {
          wasUp = true
          return 'healthy'
        }
        await sleep(againMs)
      }
      return wasUp ? 'unhealthy' : 'starting'
    },
  }
}
