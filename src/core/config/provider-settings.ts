import type { ConfigIssue } from '../error.js'
import { errorMessage } from '../error.js'
import { compileJavaRegex } from '../java-regex.js'

/** A configuration provider as a worker file describes it; plain data, handed to each thread. */
export type ProviderSettings =
  | {
      readonly kind: 'file' | 'directory'
      readonly alias: string
      /** Absent: every path is. */
      readonly allowedPaths?: readonly string[]
    }
  | {
      readonly kind: 'env'
      readonly alias: string
      /** A Java pattern that the whole name of an environment variable must match. */
      readonly allowlistPattern: string
    }

export const allowedPathsKey = (alias: string): string => `config.providers.${alias}.param.allowed.paths`

/** Kafka's three, by class, by simple name and without their suffix, as its plugin loader has them. */
const kinds: Readonly<Record<string, ProviderSettings['kind']>> = {
  ...named('File', 'file'),
  ...named('Directory', 'directory'),
  ...named('EnvVar', 'env'),
}

function named(short: string, kind: ProviderSettings['kind']): Readonly<Record<string, ProviderSettings['kind']>> {
  const simple = `${short}ConfigProvider`
  return { [short]: kind, [simple]: kind, [`org.apache.kafka.common.config.provider.${simple}`]: kind }
}

/** Whether this is what a configuration calls one of them. */
export const isConfigProvider = (name: string): boolean => Object.hasOwn(kinds, name)

const classes = Object.keys(kinds).filter(name => name.includes('.'))

/** Reads `config.providers` and the keys below it; all issues at once (I10). Which paths there are is for the adapter to say. */
export function providerSettings(file: Readonly<Record<string, string>>): {
  readonly providers: readonly ProviderSettings[]
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
} {
  const providers: ProviderSettings[] = []
  const issues: ConfigIssue[] = []
  const known = new Set(['config.providers'])
  for (const alias of new Set(items(file['config.providers'] ?? ''))) {
    const classKey = `config.providers.${alias}.class`
    known.add(classKey)
    const className = file[classKey]?.trim() ?? ''
    const kind = Object.hasOwn(kinds, className) ? kinds[className] : undefined
    if (kind === undefined) {
      const isMissing = className === ''
      issues.push({
        key: isMissing ? 'config.providers' : classKey,
        message: isMissing ? `${classKey} is missing.` : `There is no provider ${className} here.`,
        hint: `Name one of ${classes.join(', ')}, or take ${alias} out of config.providers.`,
      })
      // What it would take is not known, so its parameters are not judged.
      for (const key of Object.keys(file)) if (key.startsWith(`config.providers.${alias}.`)) known.add(key)
    } else if (kind === 'env') {
      const key = `config.providers.${alias}.param.allowlist.pattern`
      known.add(key)
      const allowlistPattern = file[key] ?? '.*'
      const problem = patternProblem(allowlistPattern)
      if (problem !== undefined) issues.push({ key, message: problem })
      providers.push({ kind, alias, allowlistPattern })
    } else {
      const key = allowedPathsKey(alias)
      known.add(key)
      const allowed = file[key] ?? ''
      providers.push({ kind, alias, ...(allowed !== '' && { allowedPaths: allowed.split(',').map(p => p.trim()) }) })
    }
  }
  const warnings = Object.keys(file)
    .filter(key => isProviderKey(key) && !known.has(key))
    .map(key => ({ key, message: 'No provider that config.providers names takes it; it is ignored.' }))
  return { providers, issues, warnings }
}

export function isProviderKey(key: string): boolean {
  return key === 'config.providers' || key.startsWith('config.providers.')
}

function items(text: string): readonly string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function patternProblem(pattern: string): string | undefined {
  try {
    compileJavaRegex(pattern)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}
