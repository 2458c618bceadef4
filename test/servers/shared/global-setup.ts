import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { whyNoJava } from '../java/java-present.js'
import { startKafka, type KafkaServer } from '../kafka/start-kafka.js'
import type { SharedAnswer } from './shared-kafka.js'

/**
 * Vitest's main process owns the one broker that the test files of a run share. It is started when the first of them asks,
 * over a socket, so that a run that needs none pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = whyNoJava()
  if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing)
  if (missing !== undefined) process.stderr.write(`${missing}; they are skipped\n`)

  let starting: Promise<KafkaServer> | undefined
  const answer = async (): Promise<SharedAnswer> => {
    const given = process.env['KAFKA_BOOTSTRAP']
    if (given) return { kafka: { bootstrap: { plaintext: given } } }
    try {
      const { bootstrap, certificates } = await (starting ??= startKafka({ sasl: true, tls: true }))
      return { kafka: { bootstrap, ...(certificates && { certificates }) } }
    } catch (error) {
      return { failure: String(error) }
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-shared-'))
  const address = join(folder, 'socket')
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    void answer().then(found => socket.end(JSON.stringify(found)))
  })
  await once(server.listen(address), 'listening')
  server.unref()
  project.provide('sharedServers', address)
  return async () => {
    server.close()
    const kafka = await starting?.catch(() => undefined)
    await kafka?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
