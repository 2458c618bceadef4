import { configDef } from '../../core/config/config-def.js'
import { MillraceError, errorCode, errorMessage } from '../../core/error.js'
import type { PluginCatalogue, PluginDescriptor, PluginFailure, PluginModule } from '../../core/plugin-catalogue.js'
import { apiVersion, type Plugin } from '../../plugin/define.js'

/**
 * Imports every module, here in the calling thread, and describes its plugins as plain data. Runs plugin code, so only
 * worker threads call it: once per node, and what it returns goes to all others (`createPluginLoader`). A module that
 * does not load, or exports something else, is a failure of its own and harms nothing else; it never throws.
 */
export async function describePlugins(modules: readonly PluginModule[]): Promise<PluginCatalogue> {
  const plugins: PluginDescriptor[] = []
  const failures: PluginFailure[] = []
  for (const module of modules) {
    const failed = (error: unknown): void => {
      const [code, message] = [errorCode(error), errorMessage(error)]
      failures.push({ package: module.package, module: module.url, code, message })
    }
    try {
      for (const exported of await importPlugins(module.url)) {
        try {
          plugins.push(describe(checkPlugin(exported), module.url))
        } catch (error) {
          failed(error)
        }
      }
    } catch (error) {
      failed(error)
    }
  }
  return { plugins, failures }
}

/** What a plugin module exports by default, as a list. Fails with `plugin.load_failed`. */
export async function importPlugins(url: string): Promise<readonly unknown[]> {
  let module: { readonly default?: unknown }
  try {
    module = (await import(url)) as { readonly default?: unknown }
  } catch (cause) {
    throw new MillraceError('plugin.load_failed', `${url} does not load: ${errorMessage(cause)}`, { cause })
  }
  if (module.default === undefined)
    throw new MillraceError('plugin.invalid', `${url} has no default export.`, {
      hint: 'Export what defineSource, defineSink, defineTransform, definePredicate or defineConverter returns, or an array of them.',
    })
  return Array.isArray(module.default) ? (module.default as unknown[]) : [module.default]
}

const kinds = ['source', 'sink', 'transform', 'predicate', 'converter']

function checkPlugin(exported: unknown): Plugin {
  const plugin = (typeof exported === 'object' && exported !== null ? exported : {}) as Partial<Plugin>
  const shown = typeof plugin.name === 'string' ? `The plugin "${plugin.name}"` : 'An export'
  const refuse = (problem: string): never => {
    throw new MillraceError('plugin.invalid', `${shown} ${problem}.`)
  }
  if (typeof plugin.kind !== 'string' || !kinds.includes(plugin.kind)) return refuse('was not made by the plugin kit')
  if (typeof plugin.api !== 'number' || plugin.api > apiVersion)
    return refuse(`needs version ${plugin.api} of the plugin kit; this is version ${apiVersion}`)
  if (typeof plugin.name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin.name))
    return refuse('must have a name in kebab-case')
  if (typeof plugin.version !== 'string' || plugin.version === '') return refuse('has no version')
  if (typeof plugin.config !== 'object' || plugin.config === null) return refuse('declares no config')
  return plugin as Plugin
}

function describe(plugin: Plugin, module: string): PluginDescriptor {
  return {
    kind: plugin.kind,
    name: plugin.name,
    className: plugin.aliases?.[0] ?? plugin.name,
    aliases: [...(plugin.aliases ?? [])],
    version: plugin.version,
    summary: plugin.summary,
    ...(plugin.kind === 'converter' && { converts: [...(plugin.roles ?? (['key', 'value', 'header'] as const))] }),
    config: configDef(plugin.config),
    module,
  }
}
