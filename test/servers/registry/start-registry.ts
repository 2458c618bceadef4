import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../free-ports.js'
import { archiveOf } from '../java/jars.js'
import { startJava, type JavaProcess } from '../java/java-process.js'
import { until } from '../until.js'

/** A schema registry with Confluent's REST API. Its schemas are gone when it ends. */
export interface RegistryServer {
  /** `schema.registry.url`. */
  readonly url: string
  stop(): Promise<void>
}

/** The last line that runs on Java 17, as everything else here does; Confluent's own registry is not on Maven Central. */
const artifact = 'io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all'
const readyMs = 90_000

/** Starts an Apicurio Registry and resolves when it answers. Whoever starts one stops it. */
export async function startRegistry(): Promise<RegistryServer> {
  const folder = await archiveOf(artifact)
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-registry-'))
  const [port] = (await freePorts(1)) as [number]
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  let java: JavaProcess | undefined
  const stop = async (): Promise<void> => {
    await java?.end('SIGKILL')
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    const started = await startJava({
      jars: [folder, join(folder, 'lib')],
      mainClass: 'io.quarkus.runner.GeneratedMain',
      args: [],
      flags: [
        '-Xmx384m',
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${port}`,
        '-Dquarkus.log.level=WARN',
        `-Djava.io.tmpdir=${scratch}`,
      ],
      logFile: join(scratch, 'registry.log'),
      scratch,
    })
    java = started
    await until(
      () => `the schema registry to answer at ${url}:\n${started.lastLines()}`,
      readyMs,
      async () => {
        if (started.over) throw new Error(`The schema registry ended:\n${started.lastLines()}`)
        return fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2_000) }).then(
          response => response.ok,
          () => false,
        )
      },
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}
