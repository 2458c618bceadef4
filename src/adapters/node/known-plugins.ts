import { readFile } from 'node:fs/promises'
import type { PluginDescriptor, PluginModule } from '../../core/plugin-catalogue.js'

/** What a plugin package's build writes (`scripts/describe.mjs`); the descriptors' modules are filled in where it is read. */
export interface DescribedPlugins {
  /** The release of Millrace that described them. */
  readonly millrace: string
  /** The release of the package. */
  readonly version: string
  readonly plugins: readonly Omit<PluginDescriptor, 'module'>[]
}

/**
 * The plugins that need not be loaded to be known, by their module's URL. A file of another release, of the package or of
 * Millrace, does not count, nor does one that cannot be read: those modules are described in a thread, as all others are.
 */
export async function readKnownPlugins(
  modules: readonly PluginModule[],
  millrace: string,
): Promise<ReadonlyMap<string, readonly PluginDescriptor[]>> {
  const read = async ({ url, version, describedIn }: PluginModule): Promise<readonly PluginDescriptor[]> => {
    if (describedIn === undefined) return []
    try {
      const file = JSON.parse(await readFile(new URL(describedIn), 'utf8')) as DescribedPlugins
      if (file.millrace !== millrace || file.version !== version) return []
      return file.plugins.map(plugin => ({ ...plugin, module: url }))
    } catch {
      return []
    }
  }
  const known = await Promise.all(modules.map(async module => [module.url, await read(module)] as const))
  return new Map(known.filter(([, plugins]) => plugins.length > 0))
}
