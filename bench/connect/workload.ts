import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import type { Config, Kind, SourceStart } from './workers.js'

/** What is moved, the same for both. */
export interface Workload {
  readonly name: string
  /** How many records one run moves. */
  readonly records: number
  readonly targets: { readonly rate: number; readonly cpu?: number; readonly rss?: number }
  /** Makes what is read, once for all runs. */
  prepare(place: Place): Promise<void>
  /** The connector of one run; its output is the run's own. */
  config(place: Place, run: string, kind: Kind): Config
  /** Where a source of one run begins to read, as if it had read up to there; without it, at its beginning. */
  start?(run: string): SourceStart
  /** How many records have arrived, counted where they arrive. */
  arrived(place: Place, run: string): Promise<number>
  /** Takes the run's output away. */
  discard(place: Place, run: string): Promise<void>
}

/** Where a workload's files and topics are. */
export interface Place {
  readonly bootstrap: string
  readonly home: string
  readonly log: KafkaLogClient
}

/** How many records a topic of one partition has; 0 where nobody has made it yet. */
export async function endOf({ log }: Place, topic: string): Promise<number> {
  const known = await log.topics.describe(topic)
  return known === undefined ? 0 : (await log.topics.bounds({ topic, partition: 0 })).end
}
