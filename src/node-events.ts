import { workSupervisorId } from '../actors/engine.js'
import type { ActorEvent } from './actor/event.js'
import { errorCode, errorMessage } from './core/error.js'
import type { Logger } from './ports/logger.js'

/** A part that fails while the node starts ends the start; later its supervisor restarts it. */
export function firstFailure(): { hear(event: ActorEvent): void; over(): void; readonly failure: Promise<never> } {
  let fail = (_error: unknown): void => undefined
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  failure.catch(() => undefined)
  return {
    failure,
    hear(event) {
      if (
        event.type === 'restarting' &&
        event.cause.kind === 'failed' &&
        !event.path.includes(`/${workSupervisorId}/`)
      ) {
        fail(event.cause.error)
      }
    },
    over() {
      fail = () => undefined
    },
  }
}

/** What the actor system tells besides the fate of connectors and tasks, which their supervisor logs. */
export function logEvent(event: ActorEvent, logger: Logger): void {
  const { path, type } = event
  switch (type) {
    case 'restarting':
      if (path.includes(`/${workSupervisorId}/`) || event.cause.kind !== 'failed') return
      logger.log('error', 'A part of the node restarts', { path, ...errorFields(event.cause.error), inMs: event.inMs })
      return
    case 'escalated':
      logger.log('fatal', 'A part of the node cannot be mended', { path, ...errorFields(event.error) })
      return
    case 'overran':
      logger.log('warn', 'Stopping took too long', { path, step: event.step, afterMs: event.afterMs })
      return
    case 'stop_failed':
      logger.log('warn', 'Stopping failed', { path, ...errorFields(event.error) })
      return
    case 'started':
    case 'parked':
    case 'stopped':
    case 'undelivered':
  }
}

function errorFields(error: unknown): { readonly code: string; readonly error: string } {
  return { code: errorCode(error), error: errorMessage(error) }
}
