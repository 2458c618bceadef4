import type { RawConfig } from '../../src/core/config/field.js'
import type { PlanServices } from '../../src/pipeline/assemble/check-connector.js'
import type { ThreadEnvironment } from './environment.js'
import type { ConnectorOffsetStores } from '../../src/stores/connector-offset-stores.js'
import { committedOffsets } from './offset-places.js'
import { pluginLogger } from './plugin-logger.js'

/** What a connector's own code is given while it checks or plans. */
export function planServices(environment: ThreadEnvironment, config: RawConfig, signal: AbortSignal): PlanServices {
  const connector = config['name'] ?? ''
  // Only looked at: who checks a configuration, or tries it, makes no topic.
  const look = async <R>(at: (stores: ConnectorOffsetStores) => Promise<R>): Promise<R> => {
    const { value, giveBack } = await committedOffsets(config, environment)
    try {
      return await at(value)
    } finally {
      await giveBack()
    }
  }
  return {
    signal,
    logger: pluginLogger(environment.logger.child({ connector })),
    offsets: {
      last: partition => look(stores => stores.forConnector(connector).last(partition)),
      all: () => look(stores => stores.all(connector)),
    },
  }
}
