import { field, type ConfigFields, type RawConfig } from '../../core/config/field.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import { invalid } from '../../core/config/value-text.js'
import type { ConfigIssue } from '../../core/error.js'
import type { Predicate } from '../../plugin/index.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import type { TransformStep } from '../task-definition.js'
import { readPart } from './plugin-part.js'

/** The transforms of a configuration in order, with their predicates: complete only where `issues` is empty. */
export interface TransformsReading {
  readonly steps: readonly TransformStep[]
  readonly sections: readonly ConfigSection[]
  readonly issues: readonly ConfigIssue[]
}

export async function readTransforms(
  raw: RawConfig,
  aliases: { readonly transforms: readonly string[]; readonly predicates: readonly string[] },
  loader: PluginLoader,
): Promise<TransformsReading> {
  const transformSections: ConfigSection[] = []
  const predicateSections: ConfigSection[] = []
  const issues: ConfigIssue[] = []

  const predicates = new Map<string, { readonly className: string; readonly test: Predicate } | undefined>()
  for (const alias of new Set(aliases.predicates)) {
    const place = { prefix: `predicates.${alias}.`, group: `Predicates: ${alias}`, startingOrder: 0 }
    const own = parseSection(classFields('Predicate', alias), raw, place)
    predicateSections.push(own)
    issues.push(...own.issues)
    predicates.set(alias, undefined)
    if (own.values.type === undefined) continue
    const part = await readPart({
      place: { ...place, classKey: `${place.prefix}type`, startingOrder: Object.keys(own.fields).length },
      raw,
      name: own.values.type,
      version: own.values['plugin.version'],
      load: name => loader.predicate(name),
      create: (plugin, config) => plugin.create(config),
    })
    if (part.section) predicateSections.push(part.section)
    issues.push(...part.issues)
    predicates.set(alias, part.made && { className: part.className, test: part.made })
  }

  const steps: TransformStep[] = []
  for (const alias of new Set(aliases.transforms)) {
    const place = { prefix: `transforms.${alias}.`, group: `Transforms: ${alias}`, startingOrder: 0 }
    const own = parseSection(transformFields(alias), raw, place)
    transformSections.push(own)
    issues.push(...own.issues, ...predicateIssues(raw, place.prefix, own.values, predicates))
    if (own.values.type === undefined) continue
    const part = await readPart({
      place: { ...place, classKey: `${place.prefix}type`, startingOrder: Object.keys(own.fields).length },
      raw,
      name: own.values.type,
      version: own.values['plugin.version'],
      load: name => loader.transform(name),
      create: (plugin, config) => plugin.create(config),
    })
    if (part.section) transformSections.push(part.section)
    issues.push(...part.issues)
    if (part.made === undefined) continue
    const predicate = own.values.predicate
    const made = predicate === undefined ? undefined : predicates.get(predicate)
    steps.push({
      alias,
      className: part.className,
      apply: part.made,
      ...(predicate !== undefined && made && { predicate: { alias: predicate, ...made, negate: own.values.negate } }),
    })
  }
  return { steps, sections: [...transformSections, ...predicateSections], issues }
}

function predicateIssues(
  raw: RawConfig,
  prefix: string,
  values: { readonly predicate: string | undefined },
  predicates: ReadonlyMap<string, unknown>,
): readonly ConfigIssue[] {
  const [negate, predicate] = [`${prefix}negate`, `${prefix}predicate`]
  if (values.predicate !== undefined && !predicates.has(values.predicate)) {
    const known = predicates.size === 0 ? 'there are none' : [...predicates.keys()].join(', ')
    const message = invalid(predicate, values.predicate, `Not an alias listed in predicates (${known})`)
    return [{ key: predicate, message }]
  }
  if (Object.hasOwn(raw, negate) && values.predicate === undefined) {
    const message = `Config '${negate}' was provided but there is no config '${predicate}' defining a predicate to be negated.`
    return [{ key: negate, message }]
  }
  return []
}

/** The keys that every aliased plugin has (Connect's ConnectorConfig.EnrichablePlugin). */
function classFields(kind: 'Transformation' | 'Predicate', alias: string) {
  return {
    type: field.class({
      doc: `Class for the '${alias}' ${kind.toLowerCase()}.`,
      importance: 'high',
      width: 'long',
      displayName: `${kind} type for ${alias}`,
    }),
    'plugin.version': field.string({
      doc: `Version of the '${alias}' ${kind.toLowerCase()}.`,
      importance: 'low',
      optional: true,
      width: 'long',
      displayName: `${kind} version for ${alias}`,
    }),
  } as const satisfies ConfigFields
}

function transformFields(alias: string) {
  return {
    ...classFields('Transformation', alias),
    predicate: field.string({
      doc: 'Alias of the predicate that records must meet for this to apply.',
      optional: true,
    }),
    negate: field.boolean({ doc: 'Apply it to the records that do not meet the predicate instead.', default: false }),
  } as const satisfies ConfigFields
}
