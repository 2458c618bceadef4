import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { downloads } from '../downloads.js'
import { serverFile } from '../server-file.js'

const run = promisify(execFile)

/** A download may take minutes; nothing else does. */
const installMs = 600_000

/** The folder with the jars that a pom below `test/servers` needs, fetched from Maven Central where it is new or has changed. */
export async function jarsOf(pom: string): Promise<string> {
  const file = serverFile(pom)
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  const name = pom.endsWith('/pom.xml') ? basename(dirname(pom)) : basename(pom, '.pom.xml')
  const folder = join(downloads, `${name}-${hash}`)
  await install('install-jars.sh', [file, folder], `the jars of test/servers/${pom}`)
  return folder
}

/** The folder with what an archive of Maven Central holds: `group:name:version:type:classifier`; of that the `files` of some patterns. */
export async function archiveOf(artifact: string, files: readonly string[] = []): Promise<string> {
  const [, name, version] = artifact.split(':')
  const folder = join(downloads, `${name}-${version}`)
  await install('install-archive.sh', [artifact, folder, files.join(',')], artifact)
  return folder
}

async function install(script: string, args: readonly string[], what: string): Promise<void> {
  await run(serverFile(`java/${script}`), [...args], { timeout: installMs }).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`Maven cannot fetch ${what}:\n${stdout}${stderr}`, { cause: error })
  })
}
