import type { Hosting } from '../src/actor/hosting/types.js'
import { errorCode, errorMessage } from '../src/core/error.js'
import type { PluginCatalogue, PluginFailure, PluginModule, PluginPlaces } from '../src/core/plugin-catalogue.js'
import type { Logger } from '../src/ports/logger.js'
import type { DescribeInit } from './thread/messages.js'

/**
 * Describes the plugins of every module that is not known already, one after the other, in threads. A module that throws, hangs or takes its
 * thread down is a failure of its own, logged and kept; the others are described all the same (I5).
 */
export async function describePlaces(
  places: PluginPlaces,
  hosting: () => Pick<Hosting, 'run'>,
  { describeMs, logger }: { readonly describeMs: number; readonly logger: Logger },
  signal: AbortSignal,
): Promise<PluginCatalogue> {
  const found: PluginCatalogue[] = [{ plugins: [], failures: places.failures }]
  for (const module of places.modules) {
    const plugins = places.known.get(module.url)
    found.push(plugins ? { plugins, failures: [] } : await describe(module, hosting(), describeMs, signal))
  }
  const failures = found.flatMap(part => part.failures)
  for (const { package: from, code, message } of failures) {
    logger.log('error', 'A plugin cannot be used', { package: from, code, error: message })
  }
  return { plugins: found.flatMap(part => part.plugins), failures }
}

async function describe(
  module: PluginModule,
  hosting: Pick<Hosting, 'run'>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<PluginCatalogue> {
  const init: DescribeInit = { module }
  const run = (): Promise<PluginCatalogue> =>
    hosting.run<PluginCatalogue>({ name: `plugin ${module.package}`, init, deadlineMs, signal })
  try {
    // A thread that an earlier module has hung may end under this one.
    return await run().catch(error => (errorCode(error) === 'thread.lost' ? run() : Promise.reject(error)))
  } catch (error) {
    if (signal.aborted) throw error
    const failure: PluginFailure = {
      package: module.package,
      module: module.url,
      code: errorCode(error),
      message: errorMessage(error),
    }
    return { plugins: [], failures: [failure] }
  }
}
