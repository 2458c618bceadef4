import type { FileLayer, LogFile } from '../../../src/adapters/embedded/files.js'
import { realFiles } from '../../../src/adapters/embedded/real-files.js'

/** The real file system with a disk of limited size, and syncs that fail when told to. */
export class FaultyFiles implements FileLayer {
  /** Bytes that writes may still take. */
  room = Number.POSITIVE_INFINITY
  failSync = false
  failTruncate = false
  /** Removing fails for paths that it accepts. */
  failRemove: (path: string) => boolean = () => false
  /** Awaited before each sync. */
  beforeSync: () => Promise<void> = () => Promise.resolve()

  readonly makeFolder = realFiles.makeFolder
  readonly list = realFiles.list
  readonly size = realFiles.size

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<LogFile> {
    const file = await realFiles.open(path, mode)
    return {
      write: (buffers, position) => this.#write(file, buffers, position),
      read: (target, position) => file.read(target, position),
      sync: async () => {
        await this.beforeSync()
        if (this.failSync) throw failure('EIO')
        await file.sync()
      },
      truncate: async length => {
        if (this.failTruncate) throw failure('EIO')
        await file.truncate(length)
      },
      close: () => file.close(),
    }
  }

  async syncFolder(path: string): Promise<void> {
    if (this.failSync) throw failure('EIO')
    await realFiles.syncFolder(path)
  }

  async remove(path: string): Promise<void> {
    if (this.failRemove(path)) throw failure('EACCES')
    await realFiles.remove(path)
  }

  /** As a full disk does: writes as far as there is room, and then fails. */
  async #write(file: LogFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
    const all = Buffer.concat(buffers)
    const fits = all.subarray(0, this.room)
    this.room -= fits.length
    if (fits.length > 0) await file.write([fits], position)
    if (fits.length < all.length) throw failure('ENOSPC')
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code })
}
