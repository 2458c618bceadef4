import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MillraceError, errorCode, errorMessage, fatal, retry } from 'millrace/plugin'
import { fileId, hasMarkedBytes, markOf, readBefore } from './file-mark.js'
import type { FileMark } from './file-mark.js'

const LF = 10

/** Where lines go. */
export interface Output {
  /** Returns when all is written; fails with `retry` where the disk is full, and the same may be written again. */
  write(pieces: Iterable<Buffer>): Promise<void>
  /** Makes durable what was written, where it can be. */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * A file, or a device, open for appending. `alone`: nobody else appends to it, so that half a write can be taken back.
 * Somebody else's bytes are never cut off: their coming is noticed by the length, and from then on nothing is cut.
 */
export class AppendFile implements Output {
  readonly path: string
  readonly regular: boolean
  readonly id: string
  readonly #handle: FileHandle
  #alone: boolean
  /** What the file's length should be if nobody else writes to it. */
  #length: number
  /** The last line was written in part and could not be taken back. */
  #torn = false
  #folderSynced = false

  private constructor(
    path: string,
    handle: FileHandle,
    state: { regular: boolean; id: string; length: number; alone: boolean },
  ) {
    this.path = path
    this.#handle = handle
    this.regular = state.regular
    this.id = state.id
    this.#length = state.length
    this.#alone = state.alone && state.regular
  }

  /** Creates the file where there is none. */
  static async open(path: string, alone: boolean): Promise<AppendFile> {
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT
    try {
      const handle = await open(path, flags)
      const stats = await handle.stat({ bigint: true })
      const state = { regular: stats.isFile(), id: fileId(stats), length: Number(stats.size), alone }
      return new AppendFile(path, handle, state)
    } catch (error) {
      throw writeFailure(path, error)
    }
  }

  get length(): number {
    return this.#length
  }

  /** Nobody else has written to the file so far. */
  get alone(): boolean {
    return this.#alone
  }

  async write(pieces: Iterable<Buffer>): Promise<void> {
    let before = this.#length
    let last = LF
    try {
      if (this.#torn) await this.#append(Buffer.of(LF))
      this.#torn = false
      before = this.#length
      for (const piece of pieces)
        for (let done = 0; done < piece.length;) {
          done += await this.#append(piece.subarray(done))
          last = piece[done - 1] ?? LF
        }
    } catch (error) {
      await this.#takeBack(before, last !== LF)
      throw writeFailure(this.path, error)
    }
  }

  /** Whether the file is as it was left; if not, somebody else has written to it, and it is never cut again. */
  async checkLength(): Promise<boolean> {
    if (this.#alone) {
      const { size } = await this.#handle.stat()
      this.#alone = size === this.#length
    }
    return this.#alone
  }

  /** Says how long the file is, and which file that is. */
  async mark(): Promise<FileMark> {
    return markOf(this.id, this.#length, await readBefore(this.#handle, this.#length))
  }

  hasMarkedBytes(mark: FileMark): Promise<boolean> {
    return hasMarkedBytes(this.#handle, mark)
  }

  async cutTo(length: number): Promise<void> {
    await this.#handle.truncate(length)
    this.#length = length
  }

  async sync(): Promise<void> {
    if (!this.regular) return
    try {
      await this.#handle.datasync()
      if (!this.#folderSynced) await syncFolder(dirname(this.path))
      this.#folderSynced = true
    } catch (error) {
      // What a failed sync left out is lost even if the next one succeeds: the task must go on from its last commit.
      throw fatal(`Cannot make ${this.path} durable: ${errorMessage(error)}`, {
        code: 'file.sync_failed',
        cause: error,
      })
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #append(bytes: Buffer): Promise<number> {
    const { bytesWritten } = await this.#handle.write(bytes)
    this.#length += bytesWritten
    return bytesWritten
  }

  /** After a failed write: nothing of it stays, or the half line is ended before the next. */
  async #takeBack(length: number, torn: boolean): Promise<void> {
    try {
      if (this.#length > length && (await this.checkLength())) return await this.cutTo(length)
    } catch {
      // The write's own failure is the one to report.
    }
    this.#torn ||= torn
  }
}

/** A new file's name is durable only with its folder. Windows cannot do it, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A full disk is tried again for as long as it takes; what somebody has to change fails the task. */
export function writeFailure(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return retry(`No space left for ${path}; nothing is lost, it is tried again.`, {
      code: 'file.disk_full',
      hint: 'Make room on its disk.',
      cause: error,
    })
  const what = `Cannot write ${path}: ${errorMessage(error)}`
  if (code === 'EMFILE' || code === 'ENFILE') return retry(what, { code: 'file.write_failed', cause: error })
  return fatal(what, {
    code: 'file.write_failed',
    hint: 'See that "file" names a file in an existing folder that the process may read and write.',
    cause: error,
  })
}
