import { defineSource, fatal, t } from 'millrace/plugin'
import type { ConfigIssue, RawConfig } from 'millrace/plugin'
import { policyOf } from './chosen-topics.js'
import { clientIssues, openClient, readerOptions } from './clusters.js'
import { config, type MirrorConfig } from './config.js'
import { CopiedChunks } from './copied-chunks.js'
import { OffsetSyncTopic } from './offset-sync-topic.js'
import { plan } from './plan.js'

/** About what one read brings, over all partitions of a task. */
const readBytes = 4 << 20

export const mirrorSource = defineSource({
  name: 'mirror-source',
  version: '4.3.0',
  summary:
    'Copies topics of another Kafka cluster, each record to the partition that it had there, as MirrorMaker 2 does.',
  aliases: ['org.apache.kafka.connect.mirror.MirrorSourceConnector'],
  config,
  offsets: {
    // The offset is that of the last record that was copied, as in MirrorMaker.
    partition: { cluster: t.string, topic: t.string, partition: t.integer },
    offset: { offset: t.integer },
  },
  validate: ({ config, raw }) => [...clientIssues(raw), ...offsetSyncIssues(config, raw)],
  alterOffsets(_config, changes) {
    for (const { offset } of changes)
      if (offset && offset.offset < 0)
        throw fatal(`"offset" must not be negative, but is ${offset.offset}.`, { code: 'mirror.offset_refused' })
    return true
  },
  tasks: plan,

  async *read({ config, raw, task, logger, signal, offsets, passesEncoded, onAppended, onCommitted, onLag }) {
    const cluster = config['source.cluster.alias']
    const kafka = openClient('sourceConsumer', raw, logger)
    const reader = kafka.openReader(readerOptions(raw))
    const copied = new CopiedChunks(cluster, policyOf(config), passesEncoded)
    const syncs = config['emit.offset-syncs.enabled'] ? new OffsetSyncTopic(config, raw, logger, copied) : undefined
    if (syncs) {
      onAppended(appended => syncs.appended(appended))
      onCommitted(() => syncs.committed())
    }
    try {
      await reader.assign(
        await Promise.all(
          task.map(async ([topic, partition]) => {
            const last = await offsets.last({ cluster, topic, partition })
            return { topic, partition, offset: last === undefined ? 'earliest' : last.offset + 1 } as const
          }),
        ),
      )
      onLag(() => {
        const records = reader.lags().reduce((all, lag) => all + lag.records, 0)
        // Of a partition that nothing was heard of yet.
        return Number.isNaN(records) ? undefined : records
      })
      while (!signal.aborted) {
        const maxWaitMs = config['consumer.poll.timeout.ms']
        for (const chunk of await reader.read({ maxBytes: readBytes, maxWaitMs, signal })) yield copied.of(chunk)
      }
    } finally {
      await reader.close()
      await Promise.all([kafka.close(), syncs?.close()])
    }
  },
})

/** As MirrorMaker has it: where nothing is written, nobody says how. */
function offsetSyncIssues(config: Pick<MirrorConfig, 'emit.offset-syncs.enabled'>, raw: RawConfig): ConfigIssue[] {
  if (config['emit.offset-syncs.enabled']) return []
  const message = "MirrorSourceConnector can't setup offset-syncs feature while emit.offset-syncs.enabled set to false"
  return Object.keys(raw)
    .filter(key => key.startsWith('offset-syncs.topic.'))
    .map(key => ({ key, message }))
}
