import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
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

export type SharedAnswer =
  | { readonly kafka: SharedKafka; readonly failure?: undefined }
  | { readonly failure: string; readonly kafka?: undefined }

/** Starts it where no test file has asked before. */
export async function sharedKafka(): Promise<SharedKafka> {
  const answer = JSON.parse(await text(connect(inject('sharedServers')))) as SharedAnswer
  if (answer.kafka === undefined) throw new Error(answer.failure)
  return answer.kafka
}
