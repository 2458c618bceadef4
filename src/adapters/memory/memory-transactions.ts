import { BatchBuilder } from '../../codec/index.js'
import type { GroupOffset } from '../../core/offset.js'
import type { Partition } from './memory-log.js'

/** Some appends of one producer that count together, or not at all. */
export interface Transaction {
  readonly producerId: number
  state: 'open' | 'committed' | 'aborted'
  /** Where it has records, and the offset of the first. */
  readonly partitions: Map<Partition, number>
  /** To be set when it is committed. */
  readonly groups: { readonly group: string; readonly offsets: readonly GroupOffset[] }[]
}

/** Who has a transactional id: the last to have taken it, and those before, which are fenced. */
export interface Producer {
  readonly id: number
  readonly transactionalId: string
  fenced: boolean
  transaction: Transaction | undefined
}

export function newTransaction(producerId: number): Transaction {
  return { producerId, state: 'open', partitions: new Map(), groups: [] }
}

/** The batch that ends a transaction in one of its partitions, as a broker writes it: it takes an offset, and is no record. */
export function endMarker(producerId: number, outcome: 'committed' | 'aborted'): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder(128)
  builder.append(-1, Buffer.from([0, 0, 0, outcome === 'committed' ? 1 : 0]), Buffer.alloc(6), undefined)
  return builder.finish({ transactional: true, control: true, producerId, producerEpoch: 0 })
}
