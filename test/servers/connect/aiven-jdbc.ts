import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { downloads } from '../downloads.js'
import { jarsOf } from '../java/jars.js'
import { serverFile } from '../server-file.js'

const run = promisify(execFile)

const buildMs = 120_000

/** A checkout of the sources of Aiven's JDBC connectors: no registry has their jars. Undefined: suites beside them are skipped. */
export const aivenJdbcSources = process.env['AIVEN_JDBC_SOURCES']

/** The folder of the plugin, with the driver of PostgreSQL; compiled once for each commit. */
export async function aivenJdbc(checkout: string): Promise<string> {
  const [connect, driver] = [await jarsOf('connect/pom.xml'), await jarsOf('connect/postgres-driver.pom.xml')]
  const commit = await run('git', ['-C', checkout, 'rev-parse', '--short', 'HEAD'], { timeout: buildMs })
  const folder = join(downloads, `aiven-jdbc-${commit.stdout.trim()}`)
  await run(serverFile('connect/install-aiven-jdbc.sh'), [checkout, connect, driver, folder], { timeout: buildMs })
  return folder
}
