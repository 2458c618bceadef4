import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MillraceError, errorCode, errorMessage, fatal, retry } from 'millrace/plugin'
import { fileId, hasMarkedBytes } from './file-mark.js'
import type { FileMark } from './file-mark.js'

/** A regular file open for reading. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly id: string
  readonly size: number
  readonly modifiedNs: bigint
}

/** Opens a regular file; undefined where there is none. Never waits for a pipe's other end. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw readFailure(path, error)
  }
  try {
    const stats = await handle.stat({ bigint: true })
    if (stats.isFile()) return { handle, id: fileId(stats), size: Number(stats.size), modifiedNs: stats.mtimeNs }
    throw fatal(`${path} is not a regular file.`, {
      code: 'file.not_regular',
      hint: 'Leave "file" empty and pipe it into the standard input.',
    })
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Identity and size of what has the name now; undefined where nothing has. */
export async function lookUp(path: string): Promise<{ readonly id: string; readonly size: number } | undefined> {
  try {
    const stats = await stat(path, { bigint: true })
    return { id: fileId(stats), size: Number(stats.size) }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw readFailure(path, error)
  }
}

/**
 * The file that the mark belongs to, after it was renamed within its folder. Looks at names that begin as `path` does,
 * up to its first dot: `app.log` finds `app.log.1` and `app-2026-11-23.log`.
 */
export async function findRenamed(path: string, mark: FileMark): Promise<OpenFile | undefined> {
  const folder = dirname(path)
  const stem = basename(path).replace(/(?<=.)\..*$/, '')
  let names: string[]
  try {
    names = await readdir(folder)
  } catch {
    return undefined
  }
  for (const name of names) {
    if (!name.startsWith(stem)) continue
    const candidate = join(folder, name)
    if ((await lookUp(candidate).catch(() => undefined))?.id !== mark.id) continue
    const file = await openFile(candidate)
    if (file && (await hasMarkedBytes(file.handle, mark))) return file
    await file?.handle.close()
  }
  return undefined
}

/** What passes by itself is tried again; what somebody has to change fails the task. Leaves what was classified already. */
export function readFailure(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  const lasting = ['EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'ENXIO']
  const code = errorCode(error)
  const what = `Cannot read ${path}: ${errorMessage(error)}`
  if (!lasting.includes(code)) return retry(what, { code: 'file.read_failed', cause: error })
  return fatal(what, {
    code: 'file.unreadable',
    cause: error,
    hint: 'See that "file" names a text file that the process may read.',
  })
}
