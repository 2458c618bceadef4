import type { TaskContext } from '../../src/actor/hosting/types.js'
import type { ConfigInfos } from '../../src/core/api/validation.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { MillraceError, errorCode, errorMessage } from '../../src/core/error.js'
import { checkConnector } from '../../src/pipeline/assemble/check-connector.js'
import { configInfos, hideInfos, type KeyOffer } from '../../src/pipeline/assemble/config-infos.js'
import { pluginOffers } from '../../src/pipeline/assemble/plugin-offers.js'
import { raceSignal } from '../../src/pipeline/assemble/race-signal.js'
import type { ConnectorPlugin } from '../../src/plugin/index.js'
import type { PluginLoader } from '../../src/ports/plugin-loader.js'
import type { ThreadEnvironment } from './environment.js'
import { planServices } from './plan-services.js'
import { unresolved, withValues } from './resolved.js'

/**
 * Checks a configuration and answers all that Connect's validation says of it (contract §1.13). What is wrong with it is
 * in the answer; without a class that can be loaded there is none: `config.class_unusable`.
 */
export async function validate(raw: RawConfig, context: TaskContext, shared: ThreadEnvironment): Promise<ConfigInfos> {
  const { resolved, environment } = await withValues(raw, context, shared)
  const { config } = resolved
  const { worker } = environment
  const loader = await environment.loader()
  const plugin = await loadClass(config['connector.class'], loader)
  const services = planServices(environment, config, context.signal)
  const checked = await checkConnector(config, worker, loader, services, await unresolved(resolved, environment))
  const offers = pluginOffers(config, checked.sections, worker, environment.catalogue)
  for (const [key, offer] of await ownOffers(plugin, config, context.signal, environment)) offers.set(key, offer)
  return hideInfos(configInfos(config, checked, offers), raw, resolved)
}

const badRequest = 'org.apache.kafka.connect.runtime.rest.errors.BadRequestException'

/** In Connect's words, with the names of its exceptions. */
async function loadClass(name: string | null | undefined, loader: PluginLoader): Promise<ConnectorPlugin> {
  if (name === undefined || name === null)
    throw new MillraceError('config.class_unusable', `${badRequest}: Connector config contains no connector type`, {
      key: 'connector.class',
    })
  try {
    return await loader.connector(name)
  } catch (error) {
    const exception =
      errorCode(error) === 'plugin.unknown' ? badRequest : 'org.apache.kafka.connect.errors.ConnectException'
    const message = `${exception}: ${errorMessage(error)}`
    throw new MillraceError('config.class_unusable', message, { key: 'connector.class', cause: error })
  }
}

/** What the connector itself offers. One that fails in this refuses nothing: a form then has a plain text field. */
async function ownOffers(
  plugin: ConnectorPlugin,
  config: RawConfig,
  signal: AbortSignal,
  { logger }: ThreadEnvironment,
): Promise<readonly (readonly [string, KeyOffer])[]> {
  const { recommend } = plugin
  if (!recommend) return []
  const offer = async (key: string): Promise<readonly [string, KeyOffer]> => {
    try {
      const recommended = await raceSignal(Promise.resolve(recommend(key, config)), signal, 'recommending values')
      return [key, { recommended: [...recommended] }]
    } catch (error) {
      logger.log('warn', 'A connector could not recommend values', {
        connector: config['name'],
        key,
        code: errorCode(error),
        error: errorMessage(error),
      })
      return [key, {}]
    }
  }
  return Promise.all(Object.keys(plugin.config).map(offer))
}
