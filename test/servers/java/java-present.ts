import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why no server can be started on this machine, in one line; undefined where it can. */
export function whyNoJava(path = process.env['PATH'] ?? ''): string | undefined {
  const missing = ['java', 'mvn', 'flock', 'openssl'].filter(program => !isOnPath(program, path))
  if (missing.length === 0) return undefined
  return `${missing.join(', ')} cannot be found on PATH: suites that start Java servers need Java 17, Maven, flock and openssl`
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
