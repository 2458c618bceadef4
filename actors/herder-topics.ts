import { MillraceError } from '../src/core/error.js'
import type { WorkerDefaults } from '../src/pipeline/assemble/worker-defaults.js'
import type { Herder } from '../src/ports/herder.js'
import type { EngineServices } from './engine.js'

/** The topics that connectors have used, as far as the worker's configuration has them noted (contract §1.11). */
export function topicQueries(
  services: EngineServices,
  tracking: WorkerDefaults['topicTracking'],
): Pick<Herder, 'topics' | 'resetTopics'> {
  const statuses = () => services.stores.get().statuses
  const requireTracking = (): void => {
    if (!tracking.enabled) throw new MillraceError('topics.tracking_disabled', 'Topic tracking is disabled.')
  }
  return {
    topics(name) {
      requireTracking()
      return statuses()
        .view.topics(name)
        .map(({ topic }) => topic)
    },

    async resetTopics(name) {
      requireTracking()
      if (!tracking.allowReset) throw new MillraceError('topics.reset_disabled', 'Topic tracking reset is disabled.')
      await statuses().removeTopics(name)
    },
  }
}
