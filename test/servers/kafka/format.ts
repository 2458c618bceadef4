import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { runJava } from '../java/java-process.js'
import { saslMechanisms, saslUser } from './broker-properties.js'

const clusterId = 'AAAAAAAAAAAAAAAAAAAAAQ'

/**
 * What `kafka-storage format` does to a log directory. The tool is a JVM of its own for each broker, so what it writes is
 * kept beside the jars: feature levels and the SASL user are the same for all brokers, `meta.properties` is not.
 */
export async function formatDirectory(jars: string, broker: number, directory: string): Promise<void> {
  const template = `${jars}.formatted`
  if (!(await exists(template))) await makeTemplate(jars, template)
  await cp(template, directory, { recursive: true })
  const meta = {
    version: 1,
    'cluster.id': clusterId,
    'node.id': broker,
    'directory.id': randomBytes(16).toString('base64url'),
  }
  const lines = Object.entries(meta).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(join(directory, 'meta.properties'), lines.join(''))
}

/** Several may do this at once; the first to be done counts. */
async function makeTemplate(jars: string, template: string): Promise<void> {
  const work = await mkdtemp(join(dirname(template), `${basename(template)}.new-`))
  try {
    const logs = join(work, 'logs')
    await mkdir(logs)
    const file = join(work, 'server.properties')
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': '1@127.0.0.1:1',
      'controller.listener.names': 'CONTROLLER',
      listeners: 'PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1',
      'log.dirs': logs,
    }
    await writeFile(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    const { username, password } = saslUser
    const scram = saslMechanisms
      .filter(name => name !== 'PLAIN')
      .flatMap(name => ['--add-scram', `${name}=[name=${username},password=${password}]`])
    await runJava({
      jars: [jars],
      mainClass: 'kafka.tools.StorageTool',
      args: ['format', '-t', clusterId, '-c', file, ...scram],
    })
    await rename(logs, template).catch(async (error: unknown) => {
      if (!(await exists(template))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
