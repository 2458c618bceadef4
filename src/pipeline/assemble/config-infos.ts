import type { ConfigInfos } from '../../core/api/validation.js'
import { configDef, configValues, type ConfigKeyInfo, type ConfigValueInfo } from '../../core/config/config-def.js'
import type { ConfigFields, RawConfig } from '../../core/config/field.js'
import { parseFields, subset } from '../../core/config/parse.js'
import type { ConfigSection } from '../../core/config/section.js'
import type { ConfigIssue } from '../../core/error.js'
import type { CheckedConnector } from './check-connector.js'
import type { ClientKind } from './client-overrides.js'
import { looksSecret, overrideField } from './override-keys.js'
import type { ResolvedConnector } from './resolve-connector.js'

/** What is known of a key beyond its declaration. */
export interface KeyOffer {
  /** The value that applies where the key is absent, and that its declaration cannot know. */
  readonly default?: string
  /** Values to choose from. */
  readonly recommended?: readonly string[]
  /** What is shown of the value where there is one: of a class its whole name, and nothing where it is none. */
  readonly shown?: string | null
  /** Default: it is. */
  readonly visible?: boolean
}

type Entry = ConfigInfos['configs'][number]

/**
 * The answer of Connect's validation (contract §1.13), as plain data: keys that nobody declared and that have an error,
 * then common and plugin keys, client overrides, converter keys.
 */
export function configInfos(
  raw: RawConfig,
  checked: CheckedConnector,
  offers: ReadonlyMap<string, KeyOffer>,
): ConfigInfos {
  const { issues } = checked
  const connector = sectionEntries(
    checked.sections.filter(section => !isConverter(section)),
    raw,
    issues,
    offers,
  )
  const converters = sectionEntries(checked.sections.filter(isConverter), raw, issues, offers)
  const overrides = checked.clients.flatMap(client => overrideEntries(client, raw, issues))

  const named = new Set([...connector, ...converters, ...overrides].map(({ value }) => value.name))
  const strangers = [...new Set(issues.map(({ key }) => key))]
    .filter(key => !named.has(key))
    .map((key): Entry => ({ definition: null, value: valueOf(key, null, issues) }))

  const configs = [...strangers, ...connector, ...overrides, ...converters]
  const groups = new Set(configs.map(({ definition }) => definition?.group ?? null))
  groups.delete(null)
  return {
    name: raw['connector.class'] ?? '',
    // Connect's own count: every error of the connector's keys, but one for each other key that has any.
    error_count:
      [...strangers, ...connector].reduce((sum, { value }) => sum + value.errors.length, 0) +
      [...overrides, ...converters].filter(({ value }) => value.errors.length > 0).length,
    groups: [...groups] as string[],
    configs,
  }
}

/**
 * The answer for a configuration whose variables were resolved (I8): a key shows what was written, where Connect shows the
 * value, and no error or recommendation tells it.
 */
export function hideInfos(infos: ConfigInfos, raw: RawConfig, { config, hide }: ResolvedConnector): ConfigInfos {
  const shown = ({ name, value }: ConfigValueInfo): string | null =>
    value === null || value === '[hidden]' || raw[name] === config[name] ? value : (raw[name] ?? null)
  return {
    ...infos,
    configs: infos.configs.map(({ definition, value }) => ({
      definition,
      value: {
        ...value,
        value: shown(value),
        errors: value.errors.map(hide),
        recommended_values: value.recommended_values.map(hide),
      },
    })),
  }
}

function isConverter({ prefix }: ConfigSection): boolean {
  return /^(key|value|header)\.converter\.$/.test(prefix)
}

/** A plugin that declares a common key anew takes its place. */
function sectionEntries(
  sections: readonly ConfigSection[],
  raw: RawConfig,
  issues: readonly ConfigIssue[],
  offers: ReadonlyMap<string, KeyOffer>,
): readonly Entry[] {
  const entries = new Map<string, Entry>()
  for (const section of sections) {
    const values = configValues(section.fields, section.values, issues, {
      prefix: section.prefix,
      recommended: key => offers.get(key)?.recommended ?? [],
    })
    for (const [index, definition] of configDef(section.fields, section).entries()) {
      const value = values[index]
      if (value) entries.set(definition.name, offered(definition, value, raw, offers.get(definition.name) ?? {}))
    }
  }
  return [...entries.values()]
}

function offered(definition: ConfigKeyInfo, value: ConfigValueInfo, raw: RawConfig, offer: KeyOffer): Entry {
  const given = Object.hasOwn(raw, definition.name)
  const shown = given ? offer.shown : offer.default
  return {
    definition: offer.default === undefined ? definition : { ...definition, default_value: offer.default },
    value: {
      ...value,
      ...(shown !== undefined && { value: shown }),
      ...(offer.visible !== undefined && { visible: offer.visible }),
    },
  }
}

function overrideEntries(client: ClientKind, raw: RawConfig, issues: readonly ConfigIssue[]): readonly Entry[] {
  const prefix = `${client}.override.`
  const settings = subset(raw, prefix)
  const named = Object.entries(settings).filter(([setting]) => setting !== '')
  return named.map(([setting, text]): Entry => {
    const declared = overrideField(client, setting)
    if (!declared) {
      const shown = text !== null && looksSecret(setting) ? '[hidden]' : text
      return { definition: null, value: valueOf(prefix + setting, shown, issues) }
    }
    const fields: ConfigFields = { [setting]: declared }
    const { values } = parseFields(fields, settings)
    const [definition] = configDef(fields, { prefix })
    const [value] = configValues(fields, values, issues, { prefix })
    return { definition: definition ?? null, value: value ?? valueOf(prefix + setting, null, issues) }
  })
}

function valueOf(name: string, value: string | null, issues: readonly ConfigIssue[]): ConfigValueInfo {
  const errors = issues.filter(({ key }) => key === name).map(({ message }) => message)
  return { name, value, recommended_values: [], errors, visible: true }
}
