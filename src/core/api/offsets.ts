import type { OffsetMap } from '../offset.js'

/** One partition's offset as Connect's offsets endpoints show it (contract §1.12). A null offset forgets the partition's. */
export interface ConnectorOffset {
  readonly partition: OffsetMap
  readonly offset: OffsetMap | null
}
