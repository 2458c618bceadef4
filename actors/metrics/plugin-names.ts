import type { RawConfig } from '../../src/core/config/field.js'
import { findPlugin, type PluginCatalogue, type PluginRole } from '../../src/core/plugin-catalogue.js'
import type { WorkerDefaults } from '../../src/pipeline/assemble/worker-defaults.js'

/** What a configuration names, by the class name that the API shows. */
export interface NamedPlugin {
  readonly className: string
  /** Empty where it is not here. */
  readonly version: string
}

export interface AliasedPlugin extends NamedPlugin {
  readonly alias: string
}

/** Every plugin that a connector's tasks are made of. */
export interface PluginNames {
  readonly type: 'source' | 'sink' | 'unknown'
  readonly connector: NamedPlugin
  readonly converters: Readonly<Record<ConverterOf, NamedPlugin>>
  readonly transforms: readonly AliasedPlugin[]
  /** Those that a transform asks, as in Connect. */
  readonly predicates: readonly AliasedPlugin[]
}

type ConverterOf = 'key' | 'value' | 'header'
export type DefaultConverters = Pick<WorkerDefaults, `${ConverterOf}Converter`>

/** Reads configurations for the plugins they name, each once: a configuration that is the same object is the same. */
export class PluginNaming {
  readonly #catalogue: PluginCatalogue
  readonly #defaults: DefaultConverters
  readonly #known = new WeakMap<RawConfig, PluginNames>()

  constructor(catalogue: PluginCatalogue, defaults: DefaultConverters) {
    this.#catalogue = catalogue
    this.#defaults = defaults
  }

  isOf(catalogue: PluginCatalogue): boolean {
    return this.#catalogue === catalogue
  }

  of(config: RawConfig): PluginNames {
    let names = this.#known.get(config)
    if (names === undefined) this.#known.set(config, (names = this.#read(config)))
    return names
  }

  #read(config: RawConfig): PluginNames {
    const asked = config['connector.class'] ?? ''
    const found = findPlugin(this.#catalogue, 'connector', asked)
    const kind = found.match === 'one' ? found.plugin.kind : undefined
    const converter = (role: ConverterOf): NamedPlugin =>
      this.#named('converter', config[`${role}.converter`] ?? this.#defaults[`${role}Converter`].class)
    const transforms = listOf(config['transforms'])
    const predicates = new Set(transforms.flatMap(alias => config[`transforms.${alias}.predicate`] ?? []))
    return {
      type: kind === 'source' || kind === 'sink' ? kind : 'unknown',
      connector: this.#named('connector', asked),
      converters: { key: converter('key'), value: converter('value'), header: converter('header') },
      transforms: this.#aliased('transform', config, transforms),
      predicates: this.#aliased('predicate', config, [...predicates]),
    }
  }

  #aliased(role: 'transform' | 'predicate', config: RawConfig, aliases: readonly string[]): readonly AliasedPlugin[] {
    return aliases.map(alias => ({ alias, ...this.#named(role, config[`${role}s.${alias}.type`] ?? '') }))
  }

  #named(role: PluginRole, name: string): NamedPlugin {
    const found = findPlugin(this.#catalogue, role, name.trim())
    return found.match === 'one'
      ? { className: found.plugin.className, version: found.plugin.version }
      : { className: name, version: '' }
  }
}

function listOf(text: string | null | undefined): readonly string[] {
  return [...new Set((text ?? '').split(',').map(item => item.trim()))].filter(item => item !== '')
}
