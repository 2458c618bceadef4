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

const roles: readonly PluginRole[] = ['connector', 'converter', 'transform', 'predicate']

/**
 * What there is to choose from for each key that names a plugin or its version, what such a key shows, and what applies
 * where it is absent: the worker's converters and the installed versions, as Connect's recommenders have it
 * (PluginsRecommenders).
 */
export function pluginOffers(
  raw: RawConfig,
  sections: readonly ConfigSection[],
  worker: WorkerDefaults,
  catalogue: PluginCatalogue,
): Map<string, KeyOffer> {
  const find = (role: PluginRole, name: string | null | undefined): PluginDescriptor | undefined => {
    const found = findPlugin(catalogue, role, name?.trim() ?? '')
    return found.match === 'one' ? found.plugin : undefined
  }
  /** A class of any kind: that it is of the wrong one is told by an error. */
  const classOf = (role: PluginRole, name: string | null | undefined): string | null => {
    const text = name?.trim() ?? ''
    const plugin = find(role, text) ?? roles.map(other => find(other, text)).find(found => found !== undefined)
    if (plugin !== undefined) return plugin.className
    return catalogue.plugins.some(({ aliases }) => aliases.some(alias => alias.startsWith(`${text}$`))) ? text : null
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
    const shown = classOf('converter', raw[key])
    offers.set(key, { default: classOf('converter', fallback) ?? fallback, recommended: classNames(usable), shown })
    const plugin = find('converter', raw[key] ?? fallback)
    const isChosen = !Object.hasOwn(raw, key) || shown !== null
    offers.set(`${key}.plugin.version`, {
      ...versionOf(plugin && usable.includes(plugin) ? plugin : undefined),
      ...(!isChosen && { recommended: [] }),
      visible: isChosen,
    })
  }

  for (const { prefix } of sections) {
    const role = prefix.startsWith('transforms.') ? 'transform' : prefix.startsWith('predicates.') ? 'predicate' : null
    if (role === null) continue
    const name = raw[`${prefix}type`]
    offers.set(`${prefix}type`, {
      recommended: classNames(pluginsOf(catalogue, role)),
      shown: classOf(role, name),
    })
    offers.set(`${prefix}plugin.version`, versionOf(find(role, name)))
  }
  return offers
}

function classNames(plugins: readonly PluginDescriptor[]): readonly string[] {
  return plugins.map(({ className }) => className).sort()
}
