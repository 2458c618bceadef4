import type { RawConfig } from '../../core/config/field.js'
import type { ConfigSection } from '../../core/config/section.js'
import type { ConfigIssue } from '../../core/error.js'
import type { Converter, ConverterPlugin, ConverterRole } from '../../plugin/index.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import type { ConverterStep } from '../task-definition.js'
import { readPart } from './plugin-part.js'
import type { PluginChoice } from './worker-defaults.js'

export interface ConverterReading {
  /** Absent where there are issues. */
  readonly step?: ConverterStep
  /** Only of a converter that the connector itself names: Connect validates and shows no other. */
  readonly section?: ConfigSection
  readonly issues: readonly ConfigIssue[]
}

/**
 * The converter of one role. The connector's sub-keys count only if it also names the class; otherwise the worker's
 * converter applies with the worker's sub-keys (Connect's rule).
 */
export async function readConverter(
  role: ConverterRole,
  raw: RawConfig,
  chosen: { readonly class: string | undefined; readonly version: string | undefined },
  fallback: PluginChoice,
  loader: PluginLoader,
): Promise<ConverterReading> {
  const classKey = `${role}.converter`
  const prefix = `${classKey}.`
  const own = chosen.class !== undefined
  const part = await readPart<ConverterPlugin['config'], ConverterPlugin, Converter>({
    // Connect hands a converter its keys without the prefix before it looks at them.
    place: { classKey, prefix, told: 'own' },
    // Connect's worker says what it converts, where the configuration does not.
    raw: { [`${prefix}converter.type`]: role, ...(own ? raw : withPrefix(prefix, fallback.config)) },
    name: chosen.class ?? fallback.class,
    version: own ? chosen.version : (fallback.config['plugin.version'] ?? undefined),
    load: name => loader.converter(name),
    kind: role === 'header' ? 'HeaderConverter' : 'Converter',
    isOther: plugin => !(plugin.roles ?? [role]).includes(role),
    create: (plugin, config) => plugin.create(config, role),
  })
  return {
    issues: part.issues,
    ...(own && part.section && { section: part.section }),
    ...(part.made && { step: { className: part.className, converter: part.made } }),
  }
}

function withPrefix(prefix: string, raw: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [prefix + key, value]))
}
