import { readFile, readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PluginModule } from '../../core/plugin-catalogue.js'

export interface PluginFolders {
  /** Folders whose sub-folders are packages (`plugins/` of the checkout). */
  readonly packages: readonly string[]
  /** `node_modules` folders, scopes included. */
  readonly nodeModules: readonly string[]
}

/**
 * Where plugins are looked for, given the folder of the package `millrace`: `plugins/*` in a checkout; the node_modules
 * it is installed in, or in a checkout those it has.
 */
export function pluginFolders(millrace: string): PluginFolders {
  const parts = millrace.split(/[\\/]/)
  const at = parts.lastIndexOf('node_modules')
  return {
    packages: [join(millrace, 'plugins')],
    nodeModules: at < 0 ? [join(millrace, 'node_modules')] : [parts.slice(0, at + 1).join('/')],
  }
}

/**
 * Finds the packages that hold plugins, sorted by name; of two with the same name the first found counts, folders of
 * packages before node_modules. A folder that is not there holds nothing; a package.json that cannot be read hides
 * only its own package.
 */
export async function discoverPlugins(folders: PluginFolders): Promise<readonly PluginModule[]> {
  const found = new Map<string, PluginModule>()
  const packages = (await Promise.all(folders.packages.map(folder => subfolders(folder)))).flat()
  const installed = (await Promise.all(folders.nodeModules.map(folder => installedPackages(folder)))).flat()
  for (const some of chunks([...packages, ...installed], 64)) {
    for (const module of await Promise.all(some.map(readPackage))) {
      if (module && !found.has(module.package)) found.set(module.package, module)
    }
  }
  return [...found.values()].toSorted((a, b) => (a.package < b.package ? -1 : 1))
}

/** So that a large node_modules does not open all its files at once. */
function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

export async function subfolders(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(name => !name.startsWith('.')).map(name => join(folder, name))
  } catch {
    return []
  }
}

export async function installedPackages(nodeModules: string): Promise<readonly string[]> {
  const entries = await subfolders(nodeModules)
  const scopes = entries.filter(entry => basename(entry).startsWith('@'))
  const scoped = await Promise.all(scopes.map(scope => subfolders(scope)))
  return [...entries.filter(entry => !scopes.includes(entry)), ...scoped.flat()]
}

export interface PackageJson {
  readonly name?: unknown
  readonly version?: unknown
  readonly keywords?: unknown
  readonly exports?: unknown
  readonly main?: unknown
  readonly millrace?: unknown
}

async function readPackage(folder: string): Promise<PluginModule | undefined> {
  const json = await readJson(join(folder, 'package.json'))
  return json && pluginModule(folder, json)
}

/** Undefined for a package that holds no plugins. */
export async function pluginModule(folder: string, json: PackageJson): Promise<PluginModule | undefined> {
  const entry = mainEntry(json.exports) ?? (typeof json.main === 'string' ? json.main : undefined)
  if (typeof json.name !== 'string' || entry === undefined || !holdsPlugins(json)) return undefined
  // Through a link (npm workspaces) and directly it must be the same URL, or the module would be loaded twice.
  const at = await realpath(folder)
  const { described } = (json.millrace ?? {}) as { readonly described?: unknown }
  return {
    package: json.name,
    version: typeof json.version === 'string' ? json.version : '0.0.0',
    url: pathToFileURL(join(at, entry)).href,
    ...(typeof described === 'string' && { describedIn: pathToFileURL(join(at, described)).href }),
  }
}

async function readJson(file: string): Promise<PackageJson | undefined> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as PackageJson | null) ?? undefined
  } catch {
    return undefined
  }
}

function holdsPlugins({ keywords }: PackageJson): boolean {
  return Array.isArray(keywords) && keywords.includes('millrace-plugin')
}

/** The module that `import '<package>'` loads: the `.` entry of `exports`, by the conditions that Node uses for import. */
function mainEntry(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (Array.isArray(exports)) return exports.map(mainEntry).find(entry => entry !== undefined)
  if (typeof exports !== 'object' || exports === null) return undefined
  const entries = Object.entries(exports)
  const root = entries.find(([key]) => key === '.')
  if (root) return mainEntry(root[1])
  for (const [condition, target] of entries) {
    const entry = ['node', 'import', 'module-sync', 'default'].includes(condition) ? mainEntry(target) : undefined
    if (entry !== undefined) return entry
  }
  return undefined
}
