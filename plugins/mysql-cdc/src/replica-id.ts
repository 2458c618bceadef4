import { createHash } from 'node:crypto'

/** What a connector is called among the replicas of its server where nothing else was said: the same after each start, and hardly ever that of another. */
export function replicaId(connector: string): number {
  const number = createHash('sha256').update(connector).digest().readUInt32BE(0)
  // Small numbers are what people give to servers.
  return number < 10_000 ? number + 10_000 : number
}
