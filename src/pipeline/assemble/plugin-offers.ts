import type { RawConfig } from '../../core/config/field.js'
import type { ConfigSection } from '../../core/config/section.js'
import {
  findPlugin,
  pluginsOf,
  type PluginCatalogue,
  type PluginDescriptor,
  type PluginRole,
} from '../../core/plugin-catalogue.js'
import type { KeyOffer } from './config-infos.js'
import type { WorkerDefaults } from './worker-defaults.js'

/**
 * What there is to choose from for each key that names a plugin or its version, and what applies where it is absent:
 * the worker's converters and the installed versions, as Connect's recommenders have it (PluginsRecommenders).
 */
export function pluginOffers(
  raw: RawConfig,
  sections: readonly ConfigSection[],
  worker: WorkerDefaults,
  catalogue: PluginCatalogue,
): Map<string, KeyOffer> {
  const find = (role: PluginRole, name: string | null | undefined): PluginDescriptor | undefined => {
    const found = findPlugin(catalogue, role, name ?? '')
    return found.match === 'one' ? found.plugin : undefined
  }
  const versionOf = (plugin: PluginDescriptor | undefined): KeyOffer =>
    plugin ? { default: plugin.version, recommended: [plugin.version] } : {}
  const offers = new Map<string, KeyOffer>([
    ['connector.plugin.version', versionOf(find('connector', raw['connector.class']))],
  ])

  for (const use of ['key', 'value', 'header'] as const) {
    const key = `${use}.converter`
    const { class: fallback } = worker[`${use}Converter`]
    const usable = pluginsOf(catalogue, 'converter').filter(({ converts }) => converts?.includes(use))
    offers.set(key, {
      default: find('converter', fallback)?.className ?? fallback,
      recommended: classNames(usable),
    })
    offers.set(`${key}.plugin.version`, versionOf(find('converter', raw[key] ?? fallback)))
  }

  for (const { prefix } of sections) {
    const role = prefix.startsWith('transforms.') ? 'transform' : prefix.startsWith('predicates.') ? 'predicate' : null
    if (role === null) continue
    offers.set(`${prefix}type`, { recommended: classNames(pluginsOf(catalogue, role)) })
    offers.set(`${prefix}plugin.version`, versionOf(find(role, raw[`${prefix}type`])))
  }
  return offers
}

function classNames(plugins: readonly PluginDescriptor[]): readonly string[] {
  return plugins.map(({ className }) => className).sort()
}
