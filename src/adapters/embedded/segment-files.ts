import { join, sep } from 'node:path'
import type { SegmentRecord } from './ends-store.js'
import type { FileLayer, LogFile } from './files.js'
import { partitionFolder, segmentFile, topicsName } from './layout.js'
import type { PartitionLog } from './partition-log.js'

/** Open files that no write uses, beyond which the oldest is closed. */
const maxIdle = 256

interface Open {
  readonly path: string
  readonly file: LogFile
  users: number
}

/** The files being appended to, kept open between groups. Only the appender uses it. */
export class SegmentFiles {
  readonly #files: FileLayer
  readonly #directory: string
  /** By path, the longest unused first. */
  readonly #open = new Map<string, Open>()
  /** Partition folders known to be there and durable. */
  readonly #folders = new Set<string>()

  constructor(files: FileLayer, directory: string) {
    this.#files = files
    this.#directory = directory
  }

  folder(partition: PartitionLog): string {
    return join(this.#directory, partitionFolder(partition))
  }

  path(partition: PartitionLog, segment: { readonly base: number; readonly generation: number }): string {
    return join(this.folder(partition), segmentFile(segment))
  }

  /** Opens the segment's file, or makes it where `fresh`; each `acquire` wants a `release`. */
  async acquire(partition: PartitionLog, segment: SegmentRecord, fresh: boolean): Promise<LogFile> {
    const path = this.path(partition, segment)
    const known = this.#open.get(path)
    if (known !== undefined) {
      known.users++
      return known.file
    }
    if (fresh) await this.#makeFolder(partition)
    const file = await this.#files.open(path, fresh ? 'create' : 'write')
    this.#open.set(path, { path, file, users: 1 })
    return file
  }

  /** After its group: `more` says whether the segment may get more appends. */
  async release(partition: PartitionLog, segment: SegmentRecord, more: boolean): Promise<void> {
    const open = this.#open.get(this.path(partition, segment))
    if (open === undefined) return
    open.users--
    this.#open.delete(open.path)
    if (more || open.users > 0) this.#open.set(open.path, open)
    else await close(open.file)
    for (const idle of this.#open.values()) {
      if (this.#open.size <= maxIdle) break
      if (idle.users > 0) continue
      this.#open.delete(idle.path)
      await close(idle.file)
    }
  }

  /** Closes the file of a segment that gets no more appends, if it is open. */
  async drop(partition: PartitionLog, segment: SegmentRecord): Promise<void> {
    const open = this.#open.get(this.path(partition, segment))
    if (open === undefined || open.users > 0) return
    this.#open.delete(open.path)
    await close(open.file)
  }

  /** Closes what is open of a partition, which nothing may be writing. */
  async forget(partition: PartitionLog): Promise<void> {
    const folder = this.folder(partition)
    for (const open of this.#open.values())
      if (open.path.startsWith(folder + sep)) {
        this.#open.delete(open.path)
        await close(open.file)
      }
  }

  /** Call before the partition's folder is removed. */
  async forgetFolder(partition: PartitionLog): Promise<void> {
    await this.forget(partition)
    this.#folders.delete(this.folder(partition))
  }

  async closeAll(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const open of all) await close(open.file)
  }

  async #makeFolder(partition: PartitionLog): Promise<void> {
    const folder = this.folder(partition)
    if (this.#folders.has(folder)) return
    await this.#files.makeFolder(folder)
    await this.#files.syncFolder(join(this.#directory, topicsName))
    this.#folders.add(folder)
  }
}

/** All that matters was synced before, or is given up: what a close says then changes nothing. */
async function close(file: LogFile): Promise<void> {
  await file.close().catch(() => {})
}
