import {
  connectKafka,
  type ConnectionSettings,
  type KafkaLogClient,
  type KafkaSettings,
} from '../../../src/adapters/kafka/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { memoryLogger } from '../embedded/fixture.js'

export interface TestClient {
  readonly bootstrap: string
  readonly connection?: Partial<ConnectionSettings>
  readonly timeouts?: Partial<ConnectionSettings['timeouts']>
  /** Of the producer, the consumer and the admin client alike. */
  readonly settings?: Readonly<Record<string, string>>
}

export function connectionTo({ bootstrap, connection, timeouts }: TestClient): ConnectionSettings {
  return {
    brokers: bootstrap.split(','),
    clientId: 'test',
    timeouts: { connectMs: 5_000, requestMs: 30_000, retryBackoffMs: 50, retryBackoffMaxMs: 500, ...timeouts },
    ...connection,
  }
}

export function kafkaSettings(client: TestClient): KafkaSettings {
  const one = { connection: connectionTo(client), settings: client.settings ?? {} }
  return { admin: one, producer: one, consumer: one }
}

export function testClient(client: TestClient): KafkaLogClient {
  return connectKafka(kafkaSettings(client), { clock: nodeClock, logger: memoryLogger() })
}
