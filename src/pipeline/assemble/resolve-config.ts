import type { HiddenValue } from '../../core/config/hidden.js'
import type { RawConfig } from '../../core/config/field.js'
import { substitute, variablesIn, type Variable } from '../../core/config/variables.js'
import { errorMessage, type ConfigIssue, type MillraceError } from '../../core/error.js'
import type { ConfigProviders } from '../../ports/config-provider.js'

/** A configuration whose variables have their values. */
export interface ResolvedConfig {
  /** For plugins and clients only: it holds secrets (I8). */
  readonly config: RawConfig
  /** Variables that could not be looked up, each under the key it stands at. */
  readonly issues: readonly ConfigIssue[]
  /** What came from outside. */
  readonly hidden: readonly HiddenValue[]
  /** Variables of a known provider that have no value and are left as they stand, as in Connect. */
  readonly left: readonly { readonly variable: string; readonly reason: string }[]
}

/** One variable of a configuration, looked up. */
type Found = { readonly value: string } | { readonly issue: Omit<ConfigIssue, 'key'> } | { readonly left: string }

/**
 * Looks up each variable of a configuration once and puts its value in place (ConfigTransformer of Kafka): whatever a
 * value holds besides stays, a variable of an unknown provider as well. Keys that `isPlain` names are left alone.
 */
export async function resolveConfig(
  raw: RawConfig,
  providers: ConfigProviders,
  isPlain: (key: string) => boolean = () => false,
): Promise<ResolvedConfig> {
  const used = Object.entries(raw).flatMap(([key, text]) =>
    text === null || isPlain(key) ? [] : [{ key, variables: known(text, providers) }],
  )
  const found = await lookUp(
    used.flatMap(({ variables }) => variables),
    providers,
  )
  const valueOf = ({ text }: Variable): string | undefined => {
    const answer = found.get(text)
    return answer !== undefined && 'value' in answer ? answer.value : undefined
  }
  const config: Record<string, string | null> = { ...raw }
  const issues: ConfigIssue[] = []
  const hidden: HiddenValue[] = []
  for (const { key, variables } of used) {
    if (variables.length === 0) continue
    const text = raw[key]!
    const problems = variables.flatMap(({ text: of }) => {
      const answer = found.get(of)
      return answer !== undefined && 'issue' in answer ? [{ key, ...answer.issue }] : []
    })
    issues.push(...problems)
    const value = problems.length > 0 ? text : substitute(text, valueOf)
    config[key] = value
    if (value !== text) hidden.push({ value, shown: text })
  }
  const left: { variable: string; reason: string }[] = []
  for (const [variable, answer] of found) {
    if ('value' in answer) hidden.push({ value: answer.value, shown: variable })
    else if ('left' in answer) left.push({ variable, reason: answer.left })
  }
  return { config, issues, hidden, left }
}

function known(text: string, providers: ConfigProviders): readonly Variable[] {
  return variablesIn(text).filter(({ alias }) => providers.has(alias))
}

/** By the variable's text. Each path of a provider is read once. */
async function lookUp(variables: readonly Variable[], providers: ConfigProviders): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>()
  const places = new Map<string, Variable[]>()
  for (const variable of variables) {
    const place = JSON.stringify([variable.alias, variable.path])
    places.set(place, [...(places.get(place) ?? []), variable])
  }
  for (const place of places.values()) {
    const { alias, path } = place[0]!
    const answer = await readPlace(providers, alias, path, new Set(place.map(({ key }) => key)))
    for (const { key, text } of place) found.set(text, answer(key))
  }
  return found
}

async function readPlace(
  providers: ConfigProviders,
  alias: string,
  path: string,
  keys: ReadonlySet<string>,
): Promise<(key: string) => Found> {
  try {
    const { values, withheld = 'It has no value there.' } = await providers.get(alias)!.get(path, keys)
    return key => {
      const value = values.get(key)
      return value === undefined ? { left: withheld } : { value }
    }
  } catch (error) {
    const { hint } = error as Partial<MillraceError>
    const issue = { message: errorMessage(error), ...(hint !== undefined && { hint }) }
    return () => ({ issue })
  }
}
