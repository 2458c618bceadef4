import type { PluginInfo } from '../src/core/api/connectors.js'
import type { ConfigInfos } from '../src/core/api/validation.js'
import { configDef, type ConfigKeyInfo } from '../src/core/config/config-def.js'
import { isConfigProvider } from '../src/core/config/provider-settings.js'
import { MillraceError } from '../src/core/error.js'
import {
  findPlugin,
  type PluginCatalogue,
  type PluginDescriptor,
  type PluginRole,
} from '../src/core/plugin-catalogue.js'
import { compareVersions, isVersionRange, rangeText, satisfiesVersion } from '../src/core/version-range.js'
import { runtimeFields } from '../src/pipeline/assemble/runtime-keys.js'
import { sinkFields } from '../src/pipeline/assemble/sink-keys.js'
import { sourceFields } from '../src/pipeline/assemble/source-keys.js'
import type { Herder } from '../src/ports/herder.js'
import type { EngineServices } from './engine.js'
import type { CallInit } from './thread/messages.js'

/** How long validating a configuration may take, plugin code included (contract §1.1: 90 s for a request). */
const validateMs = 60_000

/** What there is to run, and what it takes: from the catalogue; only validation needs plugin code. */
export function pluginQueries(services: EngineServices): Pick<Herder, 'plugins' | 'pluginConfig' | 'validate'> {
  return {
    plugins: ({ connectorsOnly }) => pluginInfos(services.threads.get().catalogue, connectorsOnly),

    pluginConfig: async (name, version) => pluginConfig(services.threads.get().catalogue, name, version),

    validate(_plugin, config, signal) {
      const init: CallInit = { kind: 'validate', config }
      return services.threads.get().hosting.run<ConfigInfos>({
        name: `connector ${config['name'] ?? ''}`,
        init,
        deadlineMs: validateMs,
        ...(signal !== undefined && { signal }),
      })
    },
  }
}

/** Type by type, each by class and version. A converter that also converts headers is listed as both. */
export function pluginInfos(catalogue: PluginCatalogue, connectorsOnly: boolean): readonly PluginInfo[] {
  const listed = (type: PluginInfo['type'], plugins: readonly PluginDescriptor[]): readonly PluginInfo[] =>
    plugins
      .map(({ className, version }) => ({ class: className, type, version }))
      .sort((a, b) => (a.class === b.class ? compareVersions(a.version, b.version) : a.class < b.class ? -1 : 1))
  const of = (kind: PluginDescriptor['kind']) => catalogue.plugins.filter(plugin => plugin.kind === kind)
  const connectors = [...listed('sink', of('sink')), ...listed('source', of('source'))]
  if (connectorsOnly) return connectors
  const converters = of('converter')
  return [
    ...connectors,
    ...listed('transformation', of('transform')),
    ...listed('predicate', of('predicate')),
    ...listed(
      'converter',
      converters.filter(({ converts }) => converts?.some(use => use !== 'header')),
    ),
    ...listed(
      'header_converter',
      converters.filter(({ converts }) => converts?.includes('header')),
    ),
  ]
}

const roles: readonly PluginRole[] = ['connector', 'converter', 'transform', 'predicate']

/** The plugin's own keys, and for a connector the common ones after them. */
export function pluginConfig(catalogue: PluginCatalogue, name: string, version = 'latest'): readonly ConfigKeyInfo[] {
  const plugin = roles.flatMap(role => {
    const found = findPlugin(catalogue, role, name)
    return found.match === 'one' ? [found.plugin] : []
  })[0]
  if (plugin === undefined && isConfigProvider(name))
    throw new MillraceError(
      'plugin.kind_refused',
      `Invalid plugin class ${name}. Valid types are sink, source, converter, header_converter, transformation, predicate.`,
    )
  if (plugin === undefined)
    throw new MillraceError('plugin.unknown', `Unknown plugin ${name}.`, {
      hint: 'GET /connector-plugins?connectorsOnly=false lists what there is.',
    })
  if (version !== '' && !isVersionRange(version))
    throw new MillraceError('plugin.version_unknown', `Invalid version specification: ${version}`)
  if (version !== 'latest' && !satisfiesVersion(plugin.version, version))
    throw new MillraceError(
      'plugin.version_unknown',
      `Plugin ${plugin.className} not found that matches the version range ${rangeText(version)}, available versions: [${plugin.version}]`,
    )
  const own = new Set(plugin.config.map(key => key.name))
  return [...plugin.config, ...commonKeys(plugin).filter(key => !own.has(key.name))]
}

function commonKeys({ kind, version }: PluginDescriptor): readonly ConfigKeyInfo[] {
  if (kind !== 'source' && kind !== 'sink') return []
  return [...configDef(kind === 'sink' ? sinkFields : sourceFields), ...configDef(runtimeFields)].map(key =>
    key.name === 'connector.plugin.version' ? { ...key, default_value: version } : key,
  )
}
