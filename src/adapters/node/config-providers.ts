import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, normalize, sep } from 'node:path'
import { allowedPathsKey, type ProviderSettings } from '../../core/config/provider-settings.js'
import { errorCode, errorMessage, MillraceError, type ConfigIssue } from '../../core/error.js'
import { compileJavaRegex } from '../../core/java-regex.js'
import { parseProperties } from '../../core/properties/parse.js'
import type { ConfigProvider, ConfigProviders, ProvidedValues } from '../../ports/config-provider.js'

/** A file with secrets is small; what is larger, or never ends, is none. */
const fileMaxBytes = 1024 * 1024
const readMs = 10_000

/** Kafka's FileConfigProvider, DirectoryConfigProvider and EnvVarConfigProvider. */
export function configProviders(settings: readonly ProviderSettings[], env: NodeJS.ProcessEnv): ConfigProviders {
  return new Map(settings.map(each => [each.alias, provider(each, env)]))
}

/** What is wrong with the paths that providers may read (AllowedPaths of Kafka). */
export async function allowedPathIssues(settings: readonly ProviderSettings[]): Promise<readonly ConfigIssue[]> {
  const found = settings.flatMap(each =>
    each.kind === 'env' ? [] : (each.allowedPaths ?? []).map(path => pathIssue(allowedPathsKey(each.alias), path)),
  )
  return (await Promise.all(found)).filter(issue => issue !== undefined)
}

async function pathIssue(key: string, path: string): Promise<ConfigIssue | undefined> {
  if (!isAbsolute(path)) return { key, message: `Path ${path} is not absolute` }
  try {
    await stat(path)
    return undefined
  } catch {
    return { key, message: `Path ${path} does not exist` }
  }
}

function provider(settings: ProviderSettings, env: NodeJS.ProcessEnv): ConfigProvider {
  switch (settings.kind) {
    case 'file':
      return pathProvider(settings.allowedPaths, fromFile)
    case 'directory':
      return pathProvider(settings.allowedPaths, fromDirectory)
    case 'env':
      return environment(settings.allowlistPattern, env)
  }
}

type Read = (path: string, keys: ReadonlySet<string>) => Promise<ProvidedValues>

/** Links are followed wherever they lead, as in Kafka: who may write into an allowed folder decides what is in it. */
function pathProvider(allowed: readonly string[] | undefined, read: Read): ConfigProvider {
  const roots = allowed?.map(path => normalize(`${path}${sep}`))
  return {
    get: async (path, keys) => {
      if (path === '') return none('The variable has no path.')
      const plain = roots === undefined ? path : normalize(path)
      if (roots && !roots.some(root => `${plain}${sep}`.startsWith(root)))
        return none('The path is not below allowed.paths.')
      return withinTime(path, read(plain, keys))
    },
  }
}

async function fromFile(path: string, keys: ReadonlySet<string>): Promise<ProvidedValues> {
  const bytes = await contentOf(path)
  if (bytes === undefined) throw failed(`Could not read properties from file ${path}: it is not a regular file.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw failed(`Could not read properties from file ${path}: it is not UTF-8.`)
  }
  const { values, issues } = parseProperties(text)
  // Java's reader gives the whole file up. The line may hold a secret, so only its number is told (I8).
  if (issues[0]) throw failed(`Could not read properties from file ${path}: line ${issues[0].line} is malformed.`)
  return { values: new Map(Object.entries(values).filter(([key]) => keys.has(key))) }
}

async function fromDirectory(path: string, keys: ReadonlySet<string>): Promise<ProvidedValues> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) return none('The path is not a directory.')
  const values = new Map<string, string>()
  for (const key of keys) {
    // A key is a file's name, never a way out of the directory.
    if (key === '' || key === '.' || key === '..' || /[/\\\0]/.test(key)) continue
    const bytes = await contentOf(join(path, key), 'ENOENT')
    if (bytes !== undefined) values.set(key, bytes.toString('utf8'))
  }
  return { values }
}

function environment(pattern: string, env: NodeJS.ProcessEnv): ConfigProvider {
  const allowed = compileJavaRegex(pattern)
  return {
    get: (path, keys) => {
      if (path !== '')
        return Promise.reject(failed(`Path is not supported for EnvVarConfigProvider, invalid value '${path}'`))
      const names = [...keys].filter(key => Object.hasOwn(env, key) && allowed.matches(key))
      return Promise.resolve({ values: new Map(names.map(name => [name, env[name]!])) })
    },
  }
}

/** Undefined for what is no regular file, and for a failure of the kind that is expected. */
async function contentOf(path: string, expected?: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return undefined
    if (found.size > fileMaxBytes) throw failed(`Could not read file ${path}: it has more than ${fileMaxBytes} bytes.`)
    return await readFile(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === expected) return undefined
    if (code === failedCode) throw error
    throw failed(`Could not read file ${path}: ${code === 'ENOENT' ? 'there is no such file.' : errorMessage(error)}`)
  }
}

async function withinTime<T>(path: string, reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed(`Could not read ${path} within ${readMs} ms.`)), readMs)
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    clearTimeout(timer)
  }
}

const none = (withheld: string): ProvidedValues => ({ values: new Map(), withheld })

const failedCode = 'config.provider_failed'

function failed(message: string): MillraceError {
  return new MillraceError(failedCode, message, {
    hint: 'Correct the variable, or what it refers to on the machine of the worker.',
  })
}
