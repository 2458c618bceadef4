import { allowedPathIssues, configProviders } from './adapters/node/config-providers.js'
import { hideIssue, hiding, type Hide, type HiddenValue } from './core/config/hidden.js'
import { isProviderKey, providerSettings } from './core/config/provider-settings.js'
import { variablesIn } from './core/config/variables.js'
import type { ConfigIssue } from './core/error.js'
import { locateIssues, type Properties } from './core/properties/parse.js'
import { looksSecret } from './pipeline/assemble/override-keys.js'
import { resolveConfig } from './pipeline/assemble/resolve-config.js'

/** A worker file whose variables have their values. */
export interface ResolvedFile {
  readonly properties: Properties
  /** Values at keys that are secret by their name. Hosts, ports and the like are what the node tells anyway. */
  readonly hidden: readonly HiddenValue[]
  /** For what is printed while the node starts. */
  readonly hide: Hide
  /** What a reading of the file finds wrong and odd, with what was found here. It tells no value of a variable. */
  withIssues<Read extends FileIssues>(read: Read): Read
}

interface FileIssues {
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

/** `plugin.path` is read before there are providers; and what describes a provider cannot come by one (Kafka's AbstractConfig, WorkerConfig). */
const isPlain = (key: string): boolean => isProviderKey(key) || key === 'plugin.path'

/** Puts values in the place of the variables of a worker file, by its own providers. What is wrong with these is for whoever parses the file. */
export async function resolveWorkerFile(properties: Properties, file: string): Promise<ResolvedFile> {
  const raw = properties.values
  const { providers, issues: misconfigured } = providerSettings(raw)
  const paths = await allowedPathIssues(providers)
  const usable = misconfigured.length + paths.length === 0
  const { config, issues, hidden } = await resolveConfig(
    raw,
    usable ? configProviders(providers, process.env) : new Map(),
    isPlain,
  )
  const own = locateIssues([...paths, ...issues], file, properties.lines)
  // At a key without its value nothing else is told.
  const unread = usable
    ? issues.map(({ key }) => key)
    : Object.keys(raw).filter(key => variablesIn(raw[key]!).length > 0)
  const hideAll = hiding(hidden)
  const secrets = secretTexts(raw)
  const secret = hidden.filter(({ shown }) => secrets.has(shown))
  return {
    properties: { ...properties, values: config as Readonly<Record<string, string>> },
    hidden: secret,
    hide: hiding(secret),
    withIssues: read => ({
      ...read,
      issues: [...own, ...read.issues.filter(({ key }) => !unread.includes(key))].map(issue =>
        hideIssue(issue, hideAll),
      ),
      warnings: read.warnings.map(issue => hideIssue(issue, hideAll)),
    }),
  }
}

function secretTexts(raw: Readonly<Record<string, string>>): ReadonlySet<string> {
  const texts = Object.entries(raw)
    .filter(([key]) => looksSecret(key) || key.endsWith('.key'))
    .flatMap(([, text]) => [text, ...variablesIn(text).map(variable => variable.text)])
  return new Set(texts)
}
