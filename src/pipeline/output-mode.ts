import type { SourceDependencies } from './source-loop.js'
import type { SourceDefinition } from './task-definition.js'

/** How records and the offsets that cover them come to the log. */
export type OutputMode =
  /** In one step, by construction. */
  | 'atomic'
  /** In one transaction of a writer whose id fences its predecessors. */
  | 'transactional'
  /** The offsets after their records were acknowledged. */
  | 'apart'

export function outputMode(definition: SourceDefinition, { log, offsets }: SourceDependencies): OutputMode {
  if (offsets.log === log && log.atomic) return 'atomic'
  // The offsets topic is on the brokers that the records go to, also where the node has a client of its own for it.
  return definition.transactions === undefined || offsets.log.atomic ? 'apart' : 'transactional'
}
