import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** All TypeScript files below `folders`, relative to the project, without what is installed or built. */
export function sourcesBelow(folders: readonly string[]): string[] {
  return folders.flatMap(folder =>
    readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory())
        return ['node_modules', 'dist', 'fixtures'].includes(entry.name) ? [] : sourcesBelow([path])
      return entry.name.endsWith('.ts') ? [path] : []
    }),
  )
}
