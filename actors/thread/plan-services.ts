import type { RawConfig } from '../../src/core/config/field.js'
import type { PlanServices } from '../../src/pipeline/assemble/check-connector.js'
import type { ThreadEnvironment } from './environment.js'
import { sourcePlaces, using } from './offset-places.js'
import { pluginLogger } from './plugin-logger.js'

/** What a connector's own code is given while it checks or plans. */
export function planServices(environment: ThreadEnvironment, config: RawConfig, signal: AbortSignal): PlanServices {
  const connector = config['name'] ?? ''
  // Only looked at: who checks a configuration, or tries it, makes no topic.
  const look = () => sourcePlaces(config, environment, 'look')
  return {
    signal,
    logger: pluginLogger(environment.logger.child({ connector })),
    offsets: {
      last: partition => using(look(), ({ offsets }) => offsets.forConnector(connector).last(partition)),
      all: () => using(look(), ({ offsets }) => offsets.all(connector)),
    },
  }
}
