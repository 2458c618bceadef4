import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { DatabaseAddress } from '../database/database-server.js'
import type { KafkaServer } from '../kafka/start-kafka.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket at which vitest's main process says where the shared servers are. */
    readonly sharedServers: string
  }
}

/**
 * The broker that all test files of a run share; nobody may stop or break it, and names of topics and groups must be
 * new. Where `KAFKA_BOOTSTRAP` names a cluster it is that one, and has no other listeners.
 */
export type SharedKafka = Pick<KafkaServer, 'bootstrap' | 'certificates'>

/** The servers of a run, by name. Databases (`POSTGRES_URL`, `MARIADB_URL`, `MYSQL_URL` name others): suites make databases of their own. */
export interface SharedServers {
  readonly kafka: SharedKafka
  readonly postgres: DatabaseAddress
  readonly mariadb: DatabaseAddress
  readonly mysql: DatabaseAddress
}
export type SharedName = keyof SharedServers

export type SharedAnswer =
  | { readonly server: SharedServers[SharedName]; readonly failure?: undefined }
  | { readonly failure: string; readonly server?: undefined }

/** Starts it where no test file has asked before. */
export async function sharedServer<K extends SharedName>(name: K): Promise<SharedServers[K]> {
  const socket = connect({ path: inject('sharedServers'), allowHalfOpen: true })
  socket.write(name)
  const answer = JSON.parse(await text(socket)) as SharedAnswer
  socket.end()
  if (answer.server === undefined) throw new Error(answer.failure)
  return answer.server as SharedServers[K]
}

export const sharedKafka = (): Promise<SharedKafka> => sharedServer('kafka')
