/** `millrace/kafka`: clients of brokers, for plugins that have others to talk to than those that their records go to. */
import { connectKafka, type KafkaLogClient } from './adapters/kafka/index.js'
import { readClient } from './adapters/kafka/worker-clients.js'
import { nodeClock } from './adapters/node/clock.js'
import type { RawConfig } from './core/config/field.js'
import { ConfigError, type ConfigIssue } from './core/error.js'
import type { PluginLogger } from './plugin/index.js'
import type { Logger, LogLevel } from './ports/logger.js'

export { BatchBuilder, batches, RecordCursor, type BatchHeader } from './codec/index.js'
export type { KafkaLogClient, KafkaTopicAdmin } from './adapters/kafka/index.js'
export type { FetchedChunk, LogReader, LogWriter, ReaderOptions } from './ports/log.js'

export interface KafkaPlace {
  /** A connector's configuration, with the values of its variables. */
  readonly config: RawConfig
  /** What Kafka's own keys stand behind (`source.cluster.`); where several have a key the last one counts. */
  readonly prefixes: readonly string[]
}

/** What is wrong with the keys of a client, each at the key as it was written. */
export function kafkaIssues(place: KafkaPlace): readonly ConfigIssue[] {
  return clientOf(place).issues
}

/** Connects at first use; whoever opens it closes it. Throws `config.invalid` with all issues. */
export function openKafka(place: KafkaPlace, logger: PluginLogger): KafkaLogClient {
  const { client, issues } = clientOf(place)
  if (issues.length > 0) throw new ConfigError(issues)
  return connectKafka(
    { admin: client, producer: client, consumer: client },
    { clock: nodeClock, logger: loggerOf(logger) },
  )
}

function clientOf({ config, prefixes }: KafkaPlace): ReturnType<typeof readClient> {
  return readClient(prefixes.map(prefix => ({ values: config, prefix })))
}

const levels = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const satisfies Record<LogLevel, keyof PluginLogger>

function loggerOf(logger: PluginLogger): Logger {
  const port: Logger = {
    log: (level, message, fields) => logger[levels[level]](message, fields),
    child: () => port,
  }
  return port
}
