import { setTimeout as sleep } from 'node:timers/promises'
import type { PlanContext } from 'millrace/plugin'
import type { KafkaTopicAdmin } from 'millrace/kafka'
import { dealPartitions, policyOf, topicChooser, type SourceTopic } from './chosen-topics.js'
import { openClient } from './clusters.js'
import type { MirrorConfig } from './config.js'
import { ensureOffsetSyncsTopic } from './offset-sync-topic.js'
import { TargetTopics } from './target-topics.js'

/** The partitions of one task. */
export type Assignment = readonly (readonly [topic: string, partition: number])[]

/** Finds what is to be copied, makes the topics that are missing, and keeps looking. */
export async function plan(context: PlanContext<MirrorConfig>): Promise<readonly Assignment[]> {
  const { config, max, logger } = context
  if (!config.enabled) return []
  warnOfMissing(context)
  if (config['emit.offset-syncs.enabled']) await ensureOffsetSyncsTopic(config, context.raw, logger)
  return withTopics(context, async (source, targets) => {
    const topics = await chosenTopics(source, config)
    for (const topic of topics) await targets.ensure(topic)
    if (config['sync.topic.configs.enabled']) for (const { topic } of topics) await targets.syncConfig(topic)
    logger.info('Topics to copy', { topics: topics.length, source: config['source.cluster.alias'] })
    context.watch(async ({ signal, replan }) => {
      await Promise.all([
        config['refresh.topics.enabled'] &&
          repeat(config['refresh.topics.interval.seconds'], signal, async () => {
            const now = await withTopics(context, of => chosenTopics(of, config))
            if (JSON.stringify(now) !== JSON.stringify(topics)) replan()
          }),
        config['sync.topic.configs.enabled'] &&
          repeat(config['sync.topic.configs.interval.seconds'], signal, () =>
            withTopics(context, async (_, of) => {
              for (const { topic } of topics) await of.syncConfig(topic)
            }),
          ),
      ])
    })
    return dealPartitions(topics, max)
  })

  async function repeat(seconds: number, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    while (await sleep(seconds * 1_000, true, { signal }).catch(() => false)) {
      try {
        await task()
      } catch (error) {
        logger.warn('What is to be copied could not be looked up; it will be tried again', { error: String(error) })
      }
    }
  }
}

async function withTopics<R>(
  { config, raw, logger }: Pick<PlanContext<MirrorConfig>, 'config' | 'raw' | 'logger'>,
  use: (source: KafkaTopicAdmin, targets: TargetTopics) => Promise<R>,
): Promise<R> {
  const source = openClient('sourceAdmin', raw, logger)
  const target = openClient('targetAdmin', raw, logger)
  try {
    return await use(source.topics, new TargetTopics(config, policyOf(config), source.topics, target.topics))
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}

/** By name, so that the same topics give the same tasks. */
async function chosenTopics(source: KafkaTopicAdmin, config: MirrorConfig): Promise<readonly SourceTopic[]> {
  const isChosen = topicChooser(config)
  const names = (await source.list()).filter(isChosen).toSorted()
  const described = await Promise.all(names.map(name => source.describe(name)))
  // One that is gone meanwhile is not copied.
  return described.flatMap(found => (found === undefined ? [] : [{ topic: found.name, partitions: found.partitions }]))
}

function warnOfMissing({ config, raw, logger }: Pick<PlanContext<MirrorConfig>, 'config' | 'raw' | 'logger'>): void {
  if (config['sync.topic.acls.enabled'] && raw['sync.topic.acls.enabled'] !== undefined)
    logger.warn('Access rules are not copied: sync.topic.acls.enabled has no effect')
}
