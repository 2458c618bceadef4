/** The log port on Apache Kafka. */
export { connectKafka, type KafkaDependencies, type KafkaLogClient } from './log-client.js'
export type {
  ConnectionSettings,
  ConnectionTimeouts,
  KafkaClientSettings,
  KafkaSettings,
  SaslSettings,
  SslSettings,
} from './connection.js'
