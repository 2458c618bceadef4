import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorMessage } from '../../core/error.js'
import type { PluginFailure, PluginModule, PluginPlaces } from '../../core/plugin-catalogue.js'
import { installedPackages, pluginModule, subfolders, type PackageJson } from './plugin-discovery.js'

type FoundOnPath = Pick<PluginPlaces, 'modules' | 'failures'>

/**
 * What is on `plugin.path`: each entry a plugin package itself, a folder of packages, or one with `node_modules`. An
 * operator has named these folders, so what is wrong with one is a failure to be told, not something to pass over.
 */
export async function pluginsOnPath(entries: readonly string[]): Promise<FoundOnPath> {
  const modules: PluginModule[] = []
  const failures: PluginFailure[] = []
  for (const entry of entries) {
    const folder = resolve(entry)
    const found = await readEntry(folder)
    modules.push(...found.modules)
    failures.push(...found.failures)
    if (found.modules.length === 0 && found.failures.length === 0)
      failures.push(failure(folder, 'plugin.path_empty', 'There is no package with the keyword "millrace-plugin".'))
  }
  return { modules, failures }
}

async function readEntry(folder: string): Promise<FoundOnPath> {
  const isFolder = await stat(folder).then(
    stats => stats.isDirectory() || 'It is not a folder.',
    (error: unknown) => errorMessage(error),
  )
  if (isFolder !== true) return { modules: [], failures: [failure(folder, 'plugin.path_unreadable', isFolder)] }
  const own = await readFolder(folder)
  if (own.modules.length + own.failures.length > 0) return own
  const packages = basename(folder) === 'node_modules' ? [] : await subfolders(folder)
  const installed = await Promise.all(
    [...(basename(folder) === 'node_modules' ? [folder] : []), join(folder, 'node_modules')].map(installedPackages),
  )
  const found = await Promise.all([...packages, ...installed.flat()].toSorted().map(readFolder))
  return { modules: found.flatMap(({ modules }) => modules), failures: found.flatMap(({ failures }) => failures) }
}

/** At most one module; none and no failure where the folder is no package, or one of other things. */
async function readFolder(folder: string): Promise<FoundOnPath> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return { modules: [], failures: [] }
  try {
    const module = await pluginModule(folder, (JSON.parse(text) ?? {}) as PackageJson)
    return { modules: module ? [module] : [], failures: [] }
  } catch (error) {
    const problem = `Its package.json cannot be read: ${errorMessage(error)}`
    return { modules: [], failures: [failure(folder, 'plugin.package_invalid', problem)] }
  }
}

function failure(folder: string, code: string, problem: string): PluginFailure {
  return { package: basename(folder), module: pathToFileURL(folder).href, code, message: `${folder}: ${problem}` }
}
