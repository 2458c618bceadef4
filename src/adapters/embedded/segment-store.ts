import { join } from 'node:path'
import { topicUnknown } from '../../ports/log-rules.js'
import type { SegmentRecord } from './ends-store.js'
import type { FileLayer } from './files.js'
import { indexFile, type SegmentName } from './layout.js'
import { logCorrupt } from './log-corrupt.js'
import type { PartitionLog } from './partition-log.js'
import { SegmentFiles } from './segment-files.js'
import type { SegmentLocation } from './protocol.js'
import { extendIndex, loadIndex, saveIndex, SparseIndex } from './sparse-index.js'

/** The segments' files and indexes in the data directory. */
export class SegmentStore {
  readonly openFiles: SegmentFiles
  readonly files: FileLayer
  readonly directory: string

  constructor(files: FileLayer, directory: string) {
    this.files = files
    this.directory = directory
    this.openFiles = new SegmentFiles(files, directory)
  }

  syncFolder(partition: PartitionLog): Promise<void> {
    return this.files.syncFolder(this.openFiles.folder(partition))
  }

  /** Takes away what was written to the segments `bases` and not committed; the partition's head goes back. */
  async cutBack(partition: PartitionLog, bases: readonly number[]): Promise<void> {
    await this.openFiles.forget(partition)
    for (const base of bases) {
      const committed = partition.segments.find(segment => segment.base === base)
      if (committed === undefined) await this.files.remove(this.openFiles.path(partition, { base, generation: 0 }))
      else await this.truncate(this.openFiles.path(partition, committed), committed.length)
    }
    partition.resetHead()
  }

  async truncate(path: string, length: number): Promise<void> {
    const file = await this.files.open(path, 'write')
    try {
      await file.truncate(length)
    } finally {
      await file.close()
    }
  }

  /** Where to read `offset`, which must lie between the partition's start and end. Fails with `log.corrupt`. */
  async locate(partition: PartitionLog, offset: number): Promise<SegmentLocation> {
    for (;;) {
      const segment = partition.segments.findLast(({ base }) => base <= offset) ?? partition.segments[0]
      if (segment === undefined || partition.deleted) throw topicUnknown(partition)
      try {
        return await this.#locateIn(partition, segment, offset)
      } catch (error) {
        // Retention or compaction took the file meanwhile: look again where the offset is now.
        const stays = partition.segments.some(({ base, generation }) => sameFile(segment, { base, generation }))
        if (stays || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }

  async #locateIn(partition: PartitionLog, segment: SegmentRecord, offset: number): Promise<SegmentLocation> {
    const path = this.openFiles.path(partition, segment)
    const index = await this.#indexOf(partition, segment)
    const location = { path, base: segment.base, position: index.floor(offset) }
    // Looked up again: it may have been closed meanwhile, and have grown before that.
    const now = partition.segments.find(other => sameFile(other, segment)) ?? segment
    return now === partition.active ? location : { ...location, closed: { length: now.length, end: now.end } }
  }

  /** Keeps the active segment's index for the next start, or a closed one's for readers. Losing it costs a scan. */
  async keepIndex(partition: PartitionLog, segment: SegmentRecord, index: SparseIndex): Promise<void> {
    if (index.covered === segment.length) await saveIndex(this.files, this.#indexPath(partition, segment), index)
  }

  async #indexOf(partition: PartitionLog, segment: SegmentRecord): Promise<SparseIndex> {
    const known = partition.active?.base === segment.base ? partition.index : undefined
    if (known !== undefined) return known
    const loaded = await loadIndex(this.files, this.#indexPath(partition, segment), segment.length)
    const index = loaded ?? new SparseIndex()
    const complete = index.covered === segment.length
    if (!complete) await this.#scan(partition, segment, index)
    if (partition.active?.base === segment.base) await this.#adopt(partition, segment.base, index)
    else if (!complete) await this.keepIndex(partition, segment, index)
    return index
  }

  /** The active segment's index was made while appends went on: catches up with them, then follows them. */
  async #adopt(partition: PartitionLog, base: number, index: SparseIndex): Promise<void> {
    for (let active = partition.active; active?.base === base; active = partition.active) {
      if (index.covered === active.length) partition.index = index
      if (index.covered >= active.length) return
      await this.#scan(partition, active, index)
    }
  }

  async #scan(partition: PartitionLog, segment: SegmentRecord, index: SparseIndex): Promise<void> {
    const path = this.openFiles.path(partition, segment)
    const file = await this.files.open(path, 'read')
    try {
      await extendIndex(index, file, segment.length)
    } catch (cause) {
      throw logCorrupt(partition, path, index.covered, cause)
    } finally {
      await file.close()
    }
  }

  #indexPath(partition: PartitionLog, segment: SegmentRecord): string {
    return join(this.openFiles.folder(partition), indexFile(segment))
  }
}

function sameFile(a: SegmentName, b: SegmentName): boolean {
  return a.base === b.base && a.generation === b.generation
}
