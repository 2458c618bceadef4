import type { TopicSettings } from '../../core/topic.js'
import type { SegmentRecord } from './ends-store.js'

/**
 * How many of the first segments may go: those whose newest record is older than `retention.ms`, and those without
 * which the partition still has `retention.bytes`. Whole segments only, as Kafka (LogRetention of UnifiedLog).
 */
export function expiredSegments(
  segments: readonly Pick<SegmentRecord, 'length' | 'maxTimestamp' | 'writtenAt'>[],
  settings: Pick<TopicSettings, 'retentionMs' | 'retentionBytes'>,
  now: number,
): number {
  const { retentionMs, retentionBytes } = settings
  let left = segments.reduce((sum, segment) => sum + segment.length, 0)
  let count = 0
  for (const { length, maxTimestamp, writtenAt } of segments) {
    const newest = maxTimestamp >= 0 ? maxTimestamp : writtenAt
    const tooOld = retentionMs >= 0 && now - newest > retentionMs
    const tooMuch = retentionBytes >= 0 && left - length >= retentionBytes
    if (!tooOld && !tooMuch) break
    left -= length
    count++
  }
  return count
}
