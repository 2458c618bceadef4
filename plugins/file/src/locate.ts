import { hasMarkedBytes } from './file-mark.js'
import { startingPoint } from './file-state.js'
import type { CommittedPosition, StartingPoint } from './file-state.js'
import { findRenamed, openFile, readFailure } from './open-file.js'
import type { OpenFile } from './open-file.js'

export interface Located {
  readonly file: OpenFile
  /** Where to begin, in bytes. */
  readonly at: number
  readonly why: StartingPoint['why'] | 'renamed'
}

/**
 * Opens the file to go on with: the one that has the name, or the one that had it when `committed` was, if that still
 * stands in the same folder under another name. Undefined where there is neither.
 */
export async function locate(path: string, committed: CommittedPosition | undefined): Promise<Located | undefined> {
  const named = await openFile(path)
  try {
    const from = named && (await startIn(named, committed))
    if (named && from && from.why !== 'replaced') return { file: named, ...from }
    const renamed = committed?.mark && (await findRenamed(path, committed.mark))
    if (renamed) {
      await named?.handle.close()
      return { file: renamed, at: Math.min(committed.position, renamed.size), why: 'renamed' }
    }
    return named && from && { file: named, ...from }
  } catch (error) {
    await named?.handle.close()
    throw readFailure(path, error)
  }
}

async function startIn(file: OpenFile, committed: CommittedPosition | undefined): Promise<StartingPoint> {
  const marked = committed?.mark !== undefined && (await hasMarkedBytes(file.handle, committed.mark))
  return startingPoint(committed, { id: file.id, size: file.size, hasMarkedBytes: marked })
}
