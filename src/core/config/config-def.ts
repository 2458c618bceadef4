import type { ConfigIssue } from '../error.js'
import type { ConfigField, ConfigFields } from './field.js'
import { defaultOf, isRequired } from './parse.js'
import { valueText, type ConfigValue } from './value-text.js'

/** One key as `GET /connector-plugins/{p}/config` and ConfigInfos show it (Connect's ConfigKeyInfo, fields in its order). */
export interface ConfigKeyInfo {
  readonly name: string
  readonly type: string
  /** There is no default at all. */
  readonly required: boolean
  readonly default_value: string | null
  readonly importance: string
  readonly documentation: string
  readonly group: string | null
  /** From 1; -1 outside groups. */
  readonly order_in_group: number
  readonly width: string
  readonly display_name: string
  readonly dependents: readonly string[]
}

/** What a configuration says for one key (Connect's ConfigValueInfo). */
export interface ConfigValueInfo {
  readonly name: string
  readonly value: string | null
  readonly recommended_values: readonly string[]
  readonly errors: readonly string[]
  readonly visible: boolean
}

/** Where declared keys stand when they are part of a larger configuration (`transforms.a.`, `Transforms: a`). */
export interface Embedding {
  readonly prefix: string
  /** Keys with a group of their own show as `<group>: <own>`. */
  readonly group?: string
  /** The order of the first key within `group`. */
  readonly startingOrder?: number
  /** By what name errors tell a key that stands below the prefix; default: its whole name. See `parseFields`. */
  readonly told?: ToldAs
}

/** `own`: always without the prefix. `own-checked`: without it where the value could be read and is not allowed. */
export type ToldAs = 'whole' | 'own' | 'own-checked'

/** Connect's description of declared keys, in the order of declaration. */
export function configDef(fields: ConfigFields, embedding: Embedding = { prefix: '' }): ConfigKeyInfo[] {
  const placesTaken = new Map<string, number>()
  return Object.entries(fields).map(([name, field], index) => {
    const own = field.options.group
    const place = own === undefined ? -1 : (placesTaken.get(own) ?? 0) + 1
    if (own !== undefined) placesTaken.set(own, place)
    return embedding.group === undefined
      ? keyInfo(embedding.prefix, name, field, own ?? null, field.options.order ?? place)
      : keyInfo(
          embedding.prefix,
          name,
          field,
          own === undefined ? embedding.group : `${embedding.group}: ${own}`,
          (embedding.startingOrder ?? 0) + index,
        )
  })
}

/**
 * The fields in the order in which Connect puts the keys of a plugin into a larger configuration (ConfigDef.embed): group by
 * group, those without one first; then required ones, by importance, by name.
 */
export function sortedFields<F extends ConfigFields>(fields: F): F {
  const places = configDef(fields)
  const groups = [...new Set(places.map(({ group }) => group))].filter(group => group !== null)
  const rank = ({ group, order_in_group, required, importance }: ConfigKeyInfo): readonly number[] => [
    group === null ? -1 : groups.indexOf(group),
    order_in_group,
    required ? 0 : 1,
    ['HIGH', 'MEDIUM', 'LOW'].indexOf(importance),
  ]
  const sorted = places.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    const at = left.findIndex((place, index) => place !== right[index])
    return at === -1 ? (a.name < b.name ? -1 : 1) : left[at]! - right[at]!
  })
  return Object.fromEntries(sorted.map(({ name }) => [name, fields[name]])) as F
}

function keyInfo(prefix: string, name: string, field: ConfigField, group: string | null, order: number): ConfigKeyInfo {
  const { importance, doc, width, displayName, dependents } = field.options
  return {
    name: prefix + name,
    type: field.type,
    required: isRequired(field),
    default_value: valueText(field, defaultOf(field)),
    importance: (importance ?? 'medium').toUpperCase(),
    documentation: doc,
    group,
    order_in_group: order,
    width: (width ?? 'none').toUpperCase(),
    display_name: displayName ?? name,
    dependents: (dependents ?? []).map(key => prefix + key),
  }
}

/**
 * The value entries of ConfigInfos, one for each declared key and in the same order as `configDef`. `issues` may
 * concern other keys too; `recommended` adds to what the declaration offers.
 */
export function configValues(
  fields: ConfigFields,
  values: Readonly<Record<string, unknown>>,
  issues: readonly ConfigIssue[],
  { prefix = '', recommended }: { prefix?: string; recommended?: (key: string) => readonly string[] } = {},
): ConfigValueInfo[] {
  return Object.entries(fields).map(([name, field]) => {
    const key = prefix + name
    const offered = field.options.recommended ?? field.options.oneOf ?? field.options.itemOneOf ?? []
    return {
      name: key,
      value: valueText(field, values[name] as ConfigValue | undefined),
      recommended_values: [
        ...(offered as readonly ConfigValue[]).map(value => String(value)),
        ...(recommended?.(key) ?? []),
      ],
      errors: issues.filter(issue => issue.key === key).map(issue => issue.message),
      visible: true,
    }
  })
}
