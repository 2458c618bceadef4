import type { PartitionErrors } from './protocol/groups.js'

/** Said of partitions that are well themselves, where another one of the same request is not. */
const notAttempted = 55

/** The code that an answer for several partitions comes down to; 0 where all went well. */
export function firstError(partitions: PartitionErrors): number {
  const codes = partitions.map(({ error }) => error).filter(code => code !== 0)
  return codes.find(code => code !== notAttempted) ?? codes[0] ?? 0
}
