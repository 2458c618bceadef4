import type { ConfigFields, RawConfig } from '../../core/config/field.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import { invalid } from '../../core/config/value-text.js'
import { errorCode, errorMessage, type ConfigIssue, type MillraceError } from '../../core/error.js'
import { satisfiesVersion } from '../../core/version-range.js'
import type { StepParts } from '../../plugin/index.js'

/** Where a configuration names a transform, predicate or converter, and where that plugin's own keys stand. */
export interface PartPlace {
  /** The key of the class name (`transforms.a.type`). */
  readonly classKey: string
  /** What the plugin's own keys start with (`transforms.a.`). */
  readonly prefix: string
  readonly group?: string
  readonly startingOrder?: number
}

/** A transform, predicate or converter that a configuration asks for. */
export interface PluginPart<M> {
  readonly className: string
  /** Absent where the plugin is unknown. */
  readonly section?: ConfigSection
  readonly issues: readonly ConfigIssue[]
  /** What the plugin made of its configuration; absent where there are issues. */
  readonly made?: M
}

interface PartRequest<P, M> {
  readonly place: PartPlace
  readonly raw: RawConfig
  /** As the configuration says it. */
  readonly name: string
  /** The version or range asked for. */
  readonly version: string | undefined
  load(name: string): Promise<P>
  /** What keeps the plugin from this use, in Connect's words. */
  refuse?(plugin: P): string | undefined
  create(plugin: P, config: Readonly<Record<string, unknown>>): M
}

/** Loads, configures and creates one plugin. Nothing is thrown for what is wrong: it is all in `issues`, each with its key (I10). */
export async function readPart<F extends ConfigFields, P extends StepParts<F>, M>(
  request: PartRequest<P, M>,
): Promise<PluginPart<M>> {
  const { place, raw, name, version } = request
  let plugin: P
  try {
    plugin = await request.load(name)
  } catch (error) {
    return { className: name, issues: [unloadable(place.classKey, name, error)] }
  }
  const className = classNameOf(plugin, name)
  const refused = request.refuse?.(plugin)
  if (refused !== undefined)
    return { className, issues: [{ key: place.classKey, message: invalid(place.classKey, name, refused) }] }

  const section = parseSection(plugin.config, raw, place)
  const issues = [...section.issues, ...versionIssues(`${place.prefix}plugin.version`, plugin, version)]
  if (issues.length > 0) return { className, section, issues }
  try {
    const found = (plugin.validate?.(section.values) ?? []).map(issue => ({ ...issue, key: place.prefix + issue.key }))
    if (found.length > 0) return { className, section, issues: found }
    return { className, section, issues: [], made: request.create(plugin, section.values) }
  } catch (error) {
    return { className, section, issues: [thrownIssue(place, error)] }
  }
}

/** A plugin may find fault with its configuration only while creating; the key it names is its own. */
function thrownIssue({ prefix, classKey }: PartPlace, error: unknown): ConfigIssue {
  const { key, hint } = error as Partial<MillraceError>
  return {
    key: key === undefined ? classKey : prefix + key,
    message: errorMessage(error),
    ...(hint !== undefined && { hint }),
  }
}

/** Connect's words for a class that is not there; why not, as a hint. */
export function unloadable(key: string, name: string, error: unknown): ConfigIssue {
  const { hint } = error as Partial<MillraceError>
  return {
    key,
    message: invalid(
      key,
      name,
      errorCode(error) === 'plugin.unknown' ? `Class ${name} could not be found.` : errorMessage(error),
    ),
    ...(hint !== undefined && { hint }),
  }
}

export function versionIssues(
  key: string,
  plugin: { readonly name: string; readonly aliases?: readonly string[]; readonly version: string },
  range: string | undefined,
): readonly ConfigIssue[] {
  if (range === undefined || satisfiesVersion(plugin.version, range)) return []
  const name = plugin.aliases?.[0] ?? plugin.name
  const message = `Plugin ${name} not found that matches the version range ${range}, available versions: [${plugin.version}]`
  return [{ key, message }]
}

/** The class name to show for a plugin that was asked for as `name`. */
export function classNameOf(
  plugin: { readonly name: string; readonly aliases?: readonly string[] },
  name: string,
): string {
  return plugin.aliases?.includes(name) ? name : (plugin.aliases?.[0] ?? plugin.name)
}
