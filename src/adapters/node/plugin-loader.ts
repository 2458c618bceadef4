import { MillraceError } from '../../core/error.js'
import {
  findPlugin,
  pluginsOf,
  type PluginCatalogue,
  type PluginDescriptor,
  type PluginRole,
} from '../../core/plugin-catalogue.js'
import type { ConnectorPlugin, ConverterPlugin, Plugin, PredicatePlugin, TransformPlugin } from '../../plugin/define.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import { importPlugins } from './plugin-modules.js'

/**
 * Finds names in the catalogue, so that only the module of the plugin asked for is imported, in the calling thread and
 * once per thread.
 */
export function createPluginLoader(catalogue: PluginCatalogue): PluginLoader {
  const imported = new Map<string, Promise<readonly Plugin[]>>()
  /** Node remembers modules too, but finding one again takes as long as checking a configuration; what failed is tried anew. */
  const moduleAt = (url: string): Promise<readonly Plugin[]> => {
    const known = imported.get(url)
    if (known !== undefined) return known
    const loading = importPlugins(url) as Promise<readonly Plugin[]>
    imported.set(url, loading)
    loading.catch(() => imported.delete(url))
    return loading
  }
  const load = async (role: PluginRole, name: string): Promise<Plugin> => {
    const found = findPlugin(catalogue, role, name)
    if (found.match === 'none') throw unknownPlugin(catalogue, role, name)
    if (found.match === 'several') throw ambiguousAlias(role, name, found.plugins)
    const { module, name: ownName, kind } = found.plugin
    const plugin = (await moduleAt(module)).find(exported => exported.name === ownName && exported.kind === kind)
    if (!plugin) throw new MillraceError('plugin.load_failed', `${module} no longer exports the ${kind} "${ownName}".`)
    return plugin
  }
  return {
    connector: async name => (await load('connector', name)) as ConnectorPlugin,
    transform: async name => (await load('transform', name)) as TransformPlugin,
    predicate: async name => (await load('predicate', name)) as PredicatePlugin,
    converter: async name => (await load('converter', name)) as ConverterPlugin,
    classNames: role => classNames(catalogue, role),
  }
}

const interfaces: Readonly<Record<PluginRole, string>> = {
  connector: 'Connector',
  transform: 'Transformation',
  predicate: 'Predicate',
  converter: 'Converter',
}

/** In the words of Connect's Plugins.newConnector; for other kinds see `unloadable`. */
function unknownPlugin(catalogue: PluginCatalogue, role: PluginRole, name: string): MillraceError {
  const other = role === 'connector' ? undefined : ofAnotherRole(catalogue, name)
  if (other !== undefined) return new MillraceError('plugin.other_kind', `${name} is a ${other.kind}, not a ${role}.`)
  const members = concreteClasses(catalogue, role, name)
  if (members.length > 0) {
    const problem = `This class is abstract and cannot be created. Did you mean ${members.join(', ')}?`
    return new MillraceError('plugin.abstract', problem)
  }
  const available = classNames(catalogue, role)
  const broken = catalogue.failures.map(failure => failure.package)
  const hints = [
    available.length === 0 ? `There is no ${role} plugin.` : `There are: ${available.join(', ')}.`,
    ...(broken.length === 0 ? [] : [`Not loaded because of an error: ${[...new Set(broken)].join(', ')}.`]),
  ]
  return new MillraceError(
    'plugin.unknown',
    `Failed to find any class that implements ${interfaces[role]} and which name matches ${name}, available ${role}s are: ${available.join(', ')}`,
    { hint: hints.join(' ') },
  )
}

function ofAnotherRole(catalogue: PluginCatalogue, name: string): PluginDescriptor | undefined {
  return catalogue.plugins.find(plugin => plugin.aliases.includes(name))
}

/** `…Cast` stands for no plugin by itself, but for `…Cast$Key` and `…Cast$Value`. */
function concreteClasses(catalogue: PluginCatalogue, role: PluginRole, name: string): readonly string[] {
  return classNames(catalogue, role).filter(className => className.startsWith(`${name}$`))
}

/** In the words of Connect's Plugins.newConnector. */
function ambiguousAlias(role: PluginRole, name: string, plugins: readonly PluginDescriptor[]): MillraceError {
  const classes = plugins.map(({ className }) => className).join(', ')
  const problem = `More than one ${role} matches alias ${name}. Please use full package and class name instead. Classes found: ${classes}`
  return new MillraceError('plugin.ambiguous', problem)
}

function classNames(catalogue: PluginCatalogue, role: PluginRole): readonly string[] {
  return pluginsOf(catalogue, role).map(({ className }) => className)
}
