import type { ConfigKeyInfo } from './config/config-def.js'

export type PluginKind = 'source' | 'sink' | 'transform' | 'predicate' | 'converter'

/** What configurations ask for: `connector` is a source or a sink. */
export type PluginRole = 'connector' | 'transform' | 'predicate' | 'converter'

/** One plugin as plain data, so that every thread can know what there is without running plugin code. */
export interface PluginDescriptor {
  readonly kind: PluginKind
  /** Its own name, kebab-case. */
  readonly name: string
  /** The class name that Connect's API shows: the first alias, else the own name. */
  readonly className: string
  readonly aliases: readonly string[]
  readonly version: string
  readonly summary: string
  /** Converters: what it can convert. */
  readonly converts?: readonly ('key' | 'value' | 'header')[]
  /** The plugin's own keys. */
  readonly config: readonly ConfigKeyInfo[]
  /** URL of the module that exports it. */
  readonly module: string
}

/** A package that says, by the keyword `millrace-plugin`, that it holds plugins. Known from its package.json alone: none of its code has run. */
export interface PluginModule {
  /** The npm package. */
  readonly package: string
  readonly version: string
  /** URL of its main module. */
  readonly url: string
  /** URL of the file with what its build has described (`known-plugins.ts`), where its package.json names one. */
  readonly describedIn?: string
}

/** Where plugins are, and what on `plugin.path` could not be read or holds none. */
export interface PluginPlaces {
  readonly modules: readonly PluginModule[]
  readonly failures: readonly PluginFailure[]
  /** Plugins of modules that were described when they were built, by the module's URL: those need not be loaded to be known. */
  readonly known: ReadonlyMap<string, readonly PluginDescriptor[]>
}

/** A plugin module, or one plugin of it, that cannot be used. */
export interface PluginFailure {
  /** The npm package. */
  readonly package: string
  readonly module: string
  readonly code: string
  readonly message: string
}

/** Every plugin of a node and what could not be loaded; made once, in a worker thread, by `describePlugins`. */
export interface PluginCatalogue {
  readonly plugins: readonly PluginDescriptor[]
  readonly failures: readonly PluginFailure[]
}

export type PluginMatch =
  | { readonly match: 'one'; readonly plugin: PluginDescriptor }
  | { readonly match: 'none' }
  | { readonly match: 'several'; readonly plugins: readonly PluginDescriptor[] }

/**
 * Finds a plugin by what a configuration calls it: its own name or an alias; failing that, the simple name of an alias
 * class, with or without the suffix of its role (`FileStreamSource` for `…file.FileStreamSourceConnector`). A name that
 * fits several is unusable, as in Connect (PluginUtils.computeAliases).
 */
export function findPlugin(catalogue: PluginCatalogue, role: PluginRole, name: string): PluginMatch {
  const plugins = pluginsOf(catalogue, role)
  const full = plugins.filter(plugin => plugin.name === name || plugin.aliases.includes(name))
  return one(full.length > 0 ? full : plugins.filter(plugin => shortNames(plugin, role).has(name)))
}

export function pluginsOf(catalogue: PluginCatalogue, role: PluginRole): readonly PluginDescriptor[] {
  return catalogue.plugins.filter(({ kind }) => roleOf(kind) === role)
}

export function roleOf(kind: PluginKind): PluginRole {
  return kind === 'source' || kind === 'sink' ? 'connector' : kind
}

function one(plugins: readonly PluginDescriptor[]): PluginMatch {
  const [plugin] = plugins
  if (plugin === undefined) return { match: 'none' }
  return plugins.length === 1 ? { match: 'one', plugin } : { match: 'several', plugins }
}

const suffixes: Readonly<Record<PluginRole, readonly string[]>> = {
  connector: ['Connector'],
  transform: ['Transformation'],
  predicate: ['Predicate'],
  converter: ['HeaderConverter', 'Converter'],
}

function shortNames({ aliases }: PluginDescriptor, role: PluginRole): ReadonlySet<string> {
  const names = new Set<string>()
  for (const alias of aliases) {
    const simple = alias.slice(Math.max(alias.lastIndexOf('.'), alias.lastIndexOf('$')) + 1)
    names.add(simple)
    for (const suffix of suffixes[role]) {
      if (simple.endsWith(suffix) && simple !== suffix) names.add(simple.slice(0, -suffix.length))
    }
  }
  return names
}
