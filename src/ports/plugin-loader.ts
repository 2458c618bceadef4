import type { PluginRole } from '../core/plugin-catalogue.js'
import type { ConnectorPlugin, ConverterPlugin, PredicatePlugin, TransformPlugin } from '../plugin/define.js'

/** Finds plugins by the class names, aliases or own names that configurations use. Only worker threads hold one: loading runs plugin code. */
export interface PluginLoader {
  /**
   * Each fails with `plugin.unknown`, naming what there is; `plugin.ambiguous` where an alias fits several;
   * `plugin.load_failed` where its module does not load.
   */
  connector(name: string): Promise<ConnectorPlugin>
  transform(name: string): Promise<TransformPlugin>
  predicate(name: string): Promise<PredicatePlugin>
  converter(name: string): Promise<ConverterPlugin>
  /** The class names of all plugins of a role, as forms offer them. */
  classNames(role: PluginRole): readonly string[]
}
