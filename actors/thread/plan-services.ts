import type { RawConfig } from '../../src/core/config/field.js'
import type { PlanServices } from '../../src/pipeline/assemble/check-connector.js'
import type { ThreadEnvironment } from './environment.js'
import { withOffsetsOf } from './offset-places.js'
import { pluginLogger } from './plugin-logger.js'

/** What a connector's own code is given while it checks or plans. */
export function planServices(environment: ThreadEnvironment, config: RawConfig, signal: AbortSignal): PlanServices {
  const connector = config['name'] ?? ''
  return {
    signal,
    logger: pluginLogger(environment.logger.child({ connector })),
    offsets: {
      last: partition => withOffsetsOf(config, environment, stores => stores.forConnector(connector).last(partition)),
      all: () => withOffsetsOf(config, environment, stores => stores.all(connector)),
    },
  }
}
