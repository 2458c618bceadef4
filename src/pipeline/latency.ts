/** Up to which latency each bucket counts, ms; one more counts what is beyond the last. From a local log to an hour's backlog. */
export const latencyBoundsMs = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000,
] as const

type Bucket = `latency-to-${(typeof latencyBoundsMs)[number] | 'any'}`
export type LatencyCell = Bucket | 'latency-sum-ms'

/** The counts of each bucket, which stand together, and behind them the sum. */
export const latencyBuckets: readonly Bucket[] = [
  ...latencyBoundsMs.map((bound): Bucket => `latency-to-${bound}`),
  'latency-to-any',
]
export const latencyCells: readonly LatencyCell[] = [...latencyBuckets, 'latency-sum-ms']

/** Which bucket counts a latency. */
export function latencyBucket(ms: number): number {
  let bucket = 0
  while (bucket < latencyBoundsMs.length && ms > latencyBoundsMs[bucket]!) bucket++
  return bucket
}

/**
 * The latency that the share `q` of all stayed within, ms, as Prometheus' histogram_quantile has it: spread evenly over
 * its bucket; beyond the last bound that bound. Undefined where nothing was counted.
 */
export function latencyQuantile(counts: readonly number[], q: number): number | undefined {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * q
  if (wanted === 0) return undefined
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    const bound = latencyBoundsMs[bucket]
    if (bound === undefined) break
    if (below + count >= wanted) {
      const from = latencyBoundsMs[bucket - 1] ?? 0
      return from + ((bound - from) * (wanted - below)) / count
    }
    below += count
  }
  return latencyBoundsMs.at(-1)
}
