import { sortedFields, type ToldAs } from '../../core/config/config-def.js'
import type { ConfigFields, RawConfig } from '../../core/config/field.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import { invalid } from '../../core/config/value-text.js'
import { errorCode, errorMessage, type ConfigIssue, type MillraceError } from '../../core/error.js'
import { isVersionRange, rangeText, satisfiesVersion } from '../../core/version-range.js'
import type { StepParts } from '../../plugin/index.js'

/** Where a configuration names a transform, predicate or converter, and where that plugin's own keys stand. */
export interface PartPlace {
  /** The key of the class name (`transforms.a.type`). */
  readonly classKey: string
  /** What the plugin's own keys start with (`transforms.a.`). */
  readonly prefix: string
  readonly group?: string
  readonly startingOrder?: number
  readonly told: ToldAs
}

/** A transform, predicate or converter that a configuration asks for. */
export interface PluginPart<M> {
  readonly className: string
  /** Absent where the plugin, or the version of it, is unknown. */
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
  /** Keys that every plugin of this use has, beside its own and in their place. */
  readonly implicit?: ConfigFields
  /** What plugins of this use are to Connect: the interface that others do not implement. */
  readonly kind: string
  /** Whether a plugin that could be loaded is of another use all the same. */
  isOther?(plugin: P): boolean
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
    return { className: name, issues: [unloadable(place.classKey, name, error, request.kind)] }
  }
  const className = classNameOf(plugin, name)
  if (request.isOther?.(plugin) === true) {
    const message = notImplemented(className, request.kind)
    return { className, issues: [{ key: place.classKey, message }] }
  }

  const versionKey = `${place.prefix}plugin.version`
  const wrongVersion = versionIssues([place.classKey, versionKey], plugin, version)
  if (wrongVersion.length > 0) return { className, issues: wrongVersion }
  const fields = { ...plugin.config, ...request.implicit }
  const section = parseSection(place.group === undefined ? fields : sortedFields(fields), raw, place)
  if (section.issues.length > 0) return { className, section, issues: section.issues }
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

/** Connect's words for a class that is not there, or not of the kind that is asked for; why not, as a hint. */
export function unloadable(key: string, name: string, error: unknown, kind = 'Connector'): ConfigIssue {
  const { hint } = error as Partial<MillraceError>
  return { key, message: unloadableMessage(key, name, error, kind), ...(hint !== undefined && { hint }) }
}

function unloadableMessage(key: string, name: string, error: unknown, kind: string): string {
  switch (errorCode(error)) {
    case 'plugin.unknown':
      return invalid(key, name, `Class ${name} could not be found.`)
    case 'plugin.other_kind':
      return notImplemented(name, kind)
    case 'plugin.abstract':
      return errorMessage(error)
    default:
      return invalid(key, name, errorMessage(error))
  }
}

/** In the words of Utils.ensureConcreteSubclass. */
function notImplemented(className: string, kind: string): string {
  return `Class class ${className} does not implement the ${kind} interface`
}

/** That no such version is there, at each of the keys. A range that cannot be read is told by its own key already. */
export function versionIssues(
  keys: readonly string[],
  plugin: { readonly name: string; readonly aliases?: readonly string[]; readonly version: string },
  range: string | undefined,
): readonly ConfigIssue[] {
  if (range === undefined || satisfiesVersion(plugin.version, range)) return []
  if (range !== '' && !isVersionRange(range)) return []
  const name = plugin.aliases?.[0] ?? plugin.name
  const message = `Plugin ${name} not found that matches the version range ${rangeText(range)}, available versions: [${plugin.version}]`
  return keys.map(key => ({ key, message }))
}

/** The class name to show for a plugin that was asked for as `name`. */
export function classNameOf(
  plugin: { readonly name: string; readonly aliases?: readonly string[] },
  name: string,
): string {
  return plugin.aliases?.includes(name) ? name : (plugin.aliases?.[0] ?? plugin.name)
}
