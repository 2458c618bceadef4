/**
 * Which grant a task's owner acts under: the leader's term, and the offset of the record that made the grant in the
 * coordination log (cluster protocol §2). Unique for each grant, and ordered over the whole cluster and over a new
 * coordination topic, since terms only grow. What an owner writes carries it, so that readers ignore a stale one (I4).
 */
export interface Epoch {
  readonly term: number
  readonly offset: number
}

/** Below 0 where `a` is the older. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  return a.term - b.term || a.offset - b.offset
}
