import { join } from 'node:path'
import { MillraceError } from '../../core/error.js'
import { partitionKey } from '../../core/offset.js'
import { corrupt } from './directory.js'
import type { EndsContent, EndsStore } from './ends-store.js'
import { indexFile, partitionFolder, segmentFile, topicsName } from './layout.js'
import type { PartitionLog } from './partition-log.js'
import type { SegmentStore } from './segment-store.js'
import { TopicRegistry } from './topic-registry.js'

/** Partitions looked at together. */
const concurrency = 32

/**
 * Brings the files to what the last transaction says: removes what is doomed or not named, cuts off what is longer.
 * What is missing or shorter was acknowledged and is lost: fails with `log.segment_truncated` or
 * `log.directory_corrupt`, and changes nothing then.
 */
export async function recover(ends: EndsStore, store: SegmentStore): Promise<TopicRegistry> {
  const content = ends.read()
  const registry = registryOf(content)
  const logs = [...registry.logs()]
  await refuseUnknownFolders(content, logs, store)
  const extra = (await inSlices(logs, log => check(log, store))).flat()
  for (const cut of extra) await cut()
  for (const path of content.doomed) await store.files.remove(join(store.directory, path))
  ends.commit(content.doomed.map(path => ({ kind: 'doomed-gone', path })))
  return registry
}

function registryOf(content: EndsContent): TopicRegistry {
  for (const { topic, partition } of content.segments)
    if (partition >= (content.topics.get(topic)?.partitions ?? 0))
      throw corrupt('the ends store', `names a segment of ${partitionKey({ topic, partition })}, which does not exist`)
  const registry = TopicRegistry.from(content)
  for (const log of registry.logs())
    for (const [i, segment] of log.segments.entries()) {
      const next = log.segments[i + 1]?.base ?? segment.end
      if (segment.end !== next) throw corrupt('the ends store', `has a gap in ${partitionKey(log)} at ${segment.end}`)
    }
  return registry
}

/** Every folder is named before it is made, so one that is not belongs to other ends than these: nothing is removed. */
async function refuseUnknownFolders(
  content: EndsContent,
  logs: readonly PartitionLog[],
  store: SegmentStore,
): Promise<void> {
  const known = new Set([...logs.map(log => partitionFolder(log)), ...content.doomed])
  for (const name of (await store.files.list(join(store.directory, topicsName))) ?? [])
    if (!known.has(join(topicsName, name)))
      throw corrupt(join(store.directory, topicsName, name), 'belongs to no topic of the ends store')
}

/** What there is to cut in one partition, once all are found good. */
async function check(log: PartitionLog, store: SegmentStore): Promise<(() => Promise<void>)[]> {
  const folder = store.openFiles.folder(log)
  const named = new Set(log.segments.flatMap(segment => [segmentFile(segment), indexFile(segment)]))
  const cuts: (() => Promise<void>)[] = []
  for (const segment of log.segments) {
    const path = join(folder, segmentFile(segment))
    const size = await store.files.size(path)
    if (size === undefined || size < segment.length) throw truncated(path, segment.length, size)
    if (size > segment.length) cuts.push(() => store.truncate(path, segment.length))
  }
  for (const name of (await store.files.list(folder)) ?? [])
    if (!named.has(name) && /\.(log|index)$/.test(name)) cuts.push(() => store.files.remove(join(folder, name)))
  return cuts
}

function truncated(path: string, length: number, size: number | undefined): MillraceError {
  const found = size === undefined ? 'is missing' : `has ${size} bytes`
  return new MillraceError('log.segment_truncated', `${path} ${found}, and ${length} bytes of it were acknowledged.`, {
    hint: 'Restore the data directory from a backup; deleting its topic gives up its records.',
    file: path,
  })
}

async function inSlices<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < items.length; from += concurrency)
    results.push(...(await Promise.all(items.slice(from, from + concurrency).map(work))))
  return results
}
