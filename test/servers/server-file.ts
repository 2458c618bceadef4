import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of `test/servers` that is no module, from the sources and from `dist` alike: only the sources have it. */
export function serverFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error('test/servers is not inside the project')
    folder = dirname(folder)
  }
  return join(folder, 'test', 'servers', path)
}
