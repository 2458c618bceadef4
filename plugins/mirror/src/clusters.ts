import type { ConfigIssue, PluginLogger, RawConfig } from 'millrace/plugin'
import { kafkaIssues, openKafka } from 'millrace/kafka'
import type { KafkaLogClient, ReaderOptions } from 'millrace/kafka'

/** Where the settings of each client stand; those that come later count (MirrorConnectorConfig). */
const prefixes = {
  sourceAdmin: ['source.cluster.', 'admin.', 'source.admin.'],
  sourceConsumer: ['source.cluster.', 'consumer.', 'source.consumer.'],
  targetAdmin: ['target.cluster.', 'admin.', 'target.admin.'],
  sourceProducer: ['source.cluster.', 'producer.', 'source.producer.'],
  targetProducer: ['target.cluster.', 'producer.', 'target.producer.'],
} as const

export type Client = keyof typeof prefixes

export function openClient(client: Client, raw: RawConfig, logger: PluginLogger): KafkaLogClient {
  return openKafka({ config: raw, prefixes: prefixes[client] }, logger)
}

/** What is wrong with the keys of all clients. */
export function clientIssues(raw: RawConfig): readonly ConfigIssue[] {
  const issues = Object.values(prefixes).flatMap(places => kafkaIssues({ config: raw, prefixes: places }))
  return issues.filter(
    ({ key, message }, at) => at === issues.findIndex(of => of.key === key && of.message === message),
  )
}

/** Kafka's own defaults, but that MirrorMaker begins at the beginning. */
export function readerOptions(raw: RawConfig): ReaderOptions {
  const setting = (name: string): string | undefined =>
    prefixes.sourceConsumer.reduce<string | undefined>((found, prefix) => raw[prefix + name] ?? found, undefined)
  const reset = setting('auto.offset.reset')?.trim().toLowerCase()
  return {
    isolation:
      setting('isolation.level')?.trim().toLowerCase() === 'read_committed' ? 'read_committed' : 'read_uncommitted',
    outOfRange: reset === 'latest' ? 'latest' : reset === 'none' ? 'fail' : 'earliest',
  }
}
