import { errorCode, errorMessage } from '../core/error.js'
import type { Clock, TimerHandle } from '../ports/clock.js'
import type { Logger } from '../ports/logger.js'
import type { OffsetStore } from './offset-store.js'

/** As often as a leader repairs the worker's topic; compaction comes hours later at the earliest. */
const repairMs = 10_000

/**
 * R26 for a topic that no leader follows: whoever has it open writes over what stale owners leave as the newest of its key.
 * Several may: twice does no harm. Returns what ends it.
 */
export function keepRepaired(
  store: OffsetStore,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => void {
  let timer: TimerHandle | undefined
  let ended = false
  const repair = async (): Promise<void> => {
    try {
      await store.repair(() => true)
    } catch (error) {
      logger.log('warn', 'What a stale owner wrote could not be written over, and is tried again', {
        code: errorCode(error),
        error: errorMessage(error),
      })
      schedule()
    }
  }
  const schedule = (): void => {
    if (ended || timer !== undefined || store.stale().length === 0) return
    timer = clock.setTimer(() => {
      timer = undefined
      if (!ended) void repair()
    }, repairMs)
  }
  const unsubscribe = store.subscribe(schedule)
  schedule()
  return () => {
    ended = true
    unsubscribe()
    if (timer !== undefined) clock.clearTimer(timer)
  }
}
