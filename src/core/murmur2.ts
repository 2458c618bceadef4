/**
 * Kafka's hash of keys (org.apache.kafka.common.utils.Utils.murmur2): records of one key go to one partition, whoever
 * writes them. Signed 32 bits.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(k, m)
  }
  for (let i = length - 1; i >= whole; i--) hash ^= bytes[i]! << (8 * (i - whole))
  if (whole < length) hash = Math.imul(hash, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, as Kafka's default partitioner picks it (`BuiltInPartitioner.partitionForKey`). */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
