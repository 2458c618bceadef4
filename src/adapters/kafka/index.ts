/** The log port on Apache Kafka. */
export { connectKafka, type KafkaDependencies, type KafkaLogClient, type KafkaTopicAdmin } from './log-client.js'
export type {
  ConnectionSettings,
  ConnectionTimeouts,
  KafkaClientSettings,
  KafkaSettings,
  SaslSettings,
  SslSettings,
} from './connection.js'
