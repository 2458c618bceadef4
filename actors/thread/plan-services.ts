import type { PlanServices } from '../../src/pipeline/assemble/check-connector.js'
import type { ThreadEnvironment } from './environment.js'
import { pluginLogger } from './plugin-logger.js'

/** What a connector's own code is given while it checks or plans. */
export function planServices(environment: ThreadEnvironment, connector: string, signal: AbortSignal): PlanServices {
  const offsetsOf = async () => (await environment.offsets()).forConnector(connector)
  return {
    signal,
    logger: pluginLogger(environment.logger.child({ connector })),
    offsets: {
      last: async partition => (await offsetsOf()).last(partition),
      all: async () => (await offsetsOf()).all(),
    },
  }
}
