import type { Epoch } from '../core/epoch.js'
import type { OffsetMap, TaskId } from '../core/offset.js'
import type { ConnectorOffsets, SourceOffset } from '../ports/source-offsets.js'
import { partitionIdentity } from './offset-record.js'
import type { OffsetStore } from './offset-store.js'

interface OffsetChange {
  readonly partition: OffsetMap
  readonly offset: OffsetMap | null
}

/** Where one connector's source offsets stand. */
export interface ConnectorOffsetStores {
  /** Of a node without peers, or for reading only. */
  forConnector(connector: string): ConnectorOffsets
  /** As `OffsetStore.forGrant`. */
  forGrant(id: TaskId, grant: { readonly epoch: Epoch; readonly since: Epoch }): ConnectorOffsets
  all(connector: string): Promise<readonly SourceOffset[]>
  /** As `OffsetStore.write`. */
  write(connector: string, changes: readonly OffsetChange[], epoch?: Epoch): Promise<void>
}

/**
 * Offsets in a topic of the connector's own, over the worker's topic (contract §4.2): what the own one does not have is
 * looked for in the worker's, where a connector that gets a topic later, or loses it again, has left its offsets. What is
 * committed is copied there as well as can be (`ConnectorOffsets.copy`).
 */
export class OwnOffsetStores implements ConnectorOffsetStores {
  readonly #own: OffsetStore
  readonly #workers: OffsetStore
  readonly #onCopyFailed: (error: unknown) => void

  /** `onCopyFailed` is told why the worker's topic does not have what an operator has set. */
  constructor(own: OffsetStore, workers: OffsetStore, onCopyFailed: (error: unknown) => void) {
    this.#own = own
    this.#workers = workers
    this.#onCopyFailed = onCopyFailed
  }

  forConnector(connector: string): ConnectorOffsets {
    return layered(connector, this.#own.forConnector(connector), this.#workers.forConnector(connector))
  }

  forGrant(id: TaskId, grant: { readonly epoch: Epoch; readonly since: Epoch }): ConnectorOffsets {
    return layered(id.connector, this.#own.forGrant(id, grant), this.#workers.forGrant(id, grant))
  }

  async all(connector: string): Promise<readonly SourceOffset[]> {
    return merged(connector, await this.#own.all(connector), await this.#workers.all(connector))
  }

  /** What is forgotten is forgotten in the worker's topic first, and that must succeed: it would come back from there. */
  async write(connector: string, changes: readonly OffsetChange[], epoch?: Epoch): Promise<void> {
    const forgotten = changes.filter(({ offset }) => offset === null)
    const set = changes.filter(({ offset }) => offset !== null)
    if (forgotten.length > 0) await this.#workers.write(connector, forgotten, epoch)
    await this.#own.write(connector, changes, epoch)
    if (set.length === 0) return
    try {
      await this.#workers.write(connector, set, epoch)
    } catch (error) {
      this.#onCopyFailed(error)
    }
  }
}

function layered(connector: string, own: ConnectorOffsets, workers: ConnectorOffsets): ConnectorOffsets {
  const { fence } = own
  return {
    log: own.log,
    key: partition => own.key(partition),
    last: async partition => (await own.last(partition)) ?? workers.last(partition),
    all: async () => merged(connector, await own.all(), await workers.all()),
    encode: offsets => own.encode(offsets),
    copy: workers,
    ...(fence && {
      fence: async () => {
        await workers.fence?.()
        await fence()
      },
    }),
  }
}

function merged(
  connector: string,
  own: readonly SourceOffset[],
  workers: readonly SourceOffset[],
): readonly SourceOffset[] {
  const known = new Set(own.map(({ partition }) => partitionIdentity(connector, partition)))
  return [...own, ...workers.filter(({ partition }) => !known.has(partitionIdentity(connector, partition)))]
}
