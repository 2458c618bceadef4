import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { DatabaseAddress } from '../database/database-server.js'
import { startMariadb, whyNoMariadb } from '../database/start-mariadb.js'
import { mysqlProgram, startMysql, whyNoMysql } from '../database/start-mysql.js'
import { startPostgres, whyNoPostgres } from '../database/start-postgres.js'
import { whyNoJava } from '../java/java-present.js'
import { startKafka, type KafkaServer } from '../kafka/start-kafka.js'
import { givenDatabase } from './given-database.js'
import type { SharedAnswer, SharedName, SharedServers } from './shared-servers.js'

/**
 * Vitest's main process owns the servers that the test files of a run share, one of each kind. One is started when the first of them asks,
 * over a socket, so that a run that needs none pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  for (const missing of [whyNoJava(), whyNoPostgres(), whyNoMariadb(), whyNoMysql()]) {
    if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing)
    if (missing !== undefined) process.stderr.write(`${missing}; they are skipped\n`)
  }
  const running: { stop(): Promise<void> }[] = []
  const kept = async <S extends { stop(): Promise<void> }>(starting: Promise<S>): Promise<S> => {
    const server = await starting
    running.push(server)
    return server
  }
  const starts: { readonly [K in SharedName]: () => Promise<SharedServers[K]> } = {
    async kafka() {
      const given = process.env['KAFKA_BOOTSTRAP']
      if (given) return { bootstrap: { plaintext: given } }
      const { bootstrap, certificates }: KafkaServer = await kept(startKafka({ sasl: true, tls: true }))
      return { bootstrap, ...(certificates && { certificates }) }
    },
    postgres: async () => givenDatabase('POSTGRES_URL', 5432) ?? addressOf(await kept(startPostgres())),
    mariadb: async () => givenDatabase('MARIADB_URL', 3306) ?? addressOf(await kept(startMariadb())),
    mysql: async () => givenDatabase('MYSQL_URL', 3306) ?? addressOf(await kept(startMysql())),
  }
  // The largest thing that is fetched, needed late: it comes while others are tested, and who starts one tells why it did not.
  if (process.env['CI'] === 'true' && !process.env['MYSQL_URL']) mysqlProgram().catch(() => undefined)
  const asked = new Map<SharedName, Promise<SharedServers[SharedName]>>()
  const answer = async (name: SharedName): Promise<SharedAnswer> => {
    const starting = asked.get(name) ?? starts[name]()
    asked.set(name, starting)
    return starting.then(
      server => ({ server }),
      (error: unknown) => ({ failure: String(error) }),
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-shared-'))
  const address = join(folder, 'socket')
  const server = createServer({ allowHalfOpen: true }, socket => void serve(socket, answer))
  await once(server.listen(address), 'listening')
  server.unref()
  project.provide('sharedServers', address)
  return async () => {
    server.close()
    await Promise.allSettled(asked.values())
    await Promise.all(running.map(one => one.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

async function serve(socket: Socket, answer: (name: SharedName) => Promise<SharedAnswer>): Promise<void> {
  socket.on('error', () => undefined)
  const [name] = (await once(socket.setEncoding('utf8'), 'data')) as [SharedName]
  socket.end(JSON.stringify(await answer(name)))
}

function addressOf({ host, port, user, password, database }: DatabaseAddress): DatabaseAddress {
  return { host, port, user, password, database }
}
