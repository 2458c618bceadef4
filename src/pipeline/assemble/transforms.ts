import { field, type ConfigFields, type ConfigOf, type RawConfig } from '../../core/config/field.js'
import { parseSection, type ConfigSection } from '../../core/config/section.js'
import { invalid } from '../../core/config/value-text.js'
import type { ConfigIssue } from '../../core/error.js'
import type { AsyncPredicate, Predicate } from '../../plugin/index.js'
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

  const predicates = new Map<
    string,
    { readonly className: string; readonly test: Predicate | AsyncPredicate } | undefined
  >()
  for (const alias of new Set(aliases.predicates)) {
    const place = { prefix: `predicates.${alias}.`, group: `Predicates: ${alias}`, startingOrder: 0 }
    const own = parseSection(classFields('Predicate', alias), raw, place)
    predicateSections.push(own)
    issues.push(...own.issues)
    predicates.set(alias, undefined)
    if (own.values.type === undefined) continue
    const part = await readPart({
      place: { ...place, ...embedded(own) },
      raw,
      name: own.values.type,
      version: own.values['plugin.version'],
      kind: 'Predicate',
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
    const own = parseSection(classFields('Transformation', alias), raw, place)
    transformSections.push(own)
    issues.push(...own.issues, ...negateIssues(raw, place.prefix))
    if (own.values.type === undefined) continue
    const part = await readPart({
      place: { ...place, ...embedded(own) },
      raw,
      name: own.values.type,
      version: own.values['plugin.version'],
      kind: 'Transformation',
      load: name => loader.transform(name),
      implicit: implicitFields,
      create: (plugin, config) => plugin.create(config),
    })
    issues.push(...part.issues)
    if (part.section) {
      transformSections.push(part.section)
      issues.push(...aliasIssues(place.prefix, conditionOf(part.section).predicate, predicates))
    }
    if (part.made === undefined || part.section === undefined) continue
    const { predicate, negate } = conditionOf(part.section)
    const made = predicate === undefined ? undefined : predicates.get(predicate)
    steps.push({
      alias,
      className: part.className,
      apply: part.made,
      ...(predicate !== undefined && made && { predicate: { alias: predicate, ...made, negate } }),
    })
  }
  return { steps, sections: [...transformSections, ...predicateSections], issues }
}

/** Where the keys of an aliased plugin stand: behind those that say which one it is. */
function embedded({ prefix, fields }: ConfigSection) {
  return { classKey: `${prefix}type`, startingOrder: Object.keys(fields).length, told: 'own-checked' } as const
}

function conditionOf(section: ConfigSection): ConfigOf<typeof implicitFields> {
  return section.values as ConfigOf<typeof implicitFields>
}

/** Connect's fault of the class, since its check looks at both. */
function negateIssues(raw: RawConfig, prefix: string): readonly ConfigIssue[] {
  const [negate, predicate] = [`${prefix}negate`, `${prefix}predicate`]
  if (!Object.hasOwn(raw, negate) || Object.hasOwn(raw, predicate)) return []
  const message = `Config '${negate}' was provided but there is no config '${predicate}' defining a predicate to be negated.`
  return [{ key: `${prefix}type`, message }]
}

/** Connect finds this only when the connector starts. */
function aliasIssues(
  prefix: string,
  alias: string | undefined,
  predicates: ReadonlyMap<string, unknown>,
): readonly ConfigIssue[] {
  if (alias === undefined || predicates.has(alias)) return []
  const known = predicates.size === 0 ? 'there are none' : [...predicates.keys()].join(', ')
  const key = `${prefix}predicate`
  return [{ key, message: invalid(key, alias, `Not an alias listed in predicates (${known})`) }]
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
      importance: 'high',
      optional: true,
      width: 'long',
      displayName: `${kind} version for ${alias}`,
    }),
  } as const satisfies ConfigFields
}

/** The keys that every transform has, in the place of any of its own (TransformationStage). */
const implicitFields = {
  predicate: field.string({
    doc: 'Alias of the predicate that records must meet for this to apply.',
    optional: true,
  }),
  negate: field.boolean({ doc: 'Apply it to the records that do not meet the predicate instead.', default: false }),
} as const satisfies ConfigFields
