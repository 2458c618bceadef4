import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorMessage, MillraceError } from '../../core/error.js'
import { lockDirectory, type DirectoryLock } from './directory-lock.js'
import { endsFileProblem } from './ends-file.js'
import { EndsStore } from './ends-store.js'
import { endsName, lockName, metaName, topicsName } from './layout.js'
import { realFiles } from './real-files.js'

/** First line of `meta`. */
const mark = 'millrace log'
const version = 1

interface Meta {
  /** Also in the ends store: a store of another directory would cut off all that is here. */
  readonly id: string
  /** `new` until the ends store is there; without one a ready directory is damaged. */
  readonly state: 'new' | 'ready'
}

export interface OpenDirectory {
  readonly ends: EndsStore
  /** `DirectoryLock.beat`. */
  beat(): boolean
  close(): Promise<void>
}

/**
 * Opens a data directory, or makes it. Takes its lock first. Fails with `log.directory_unwritable`, `log.locked`,
 * `log.directory_foreign`, `log.directory_corrupt`, and then leaves it as it was.
 */
export async function openDirectory(directory: string, lockToken?: string): Promise<OpenDirectory> {
  const lock = await prepare(directory, lockToken)
  try {
    const meta = readMeta(directory)
    const ends = meta?.state === 'ready' ? await openEnds(directory, meta) : await makeEnds(directory, meta)
    return {
      ends,
      beat: () => lock.beat(),
      close: async () => {
        await ends.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function prepare(directory: string, lockToken: string | undefined): Promise<DirectoryLock> {
  try {
    const path = resolve(directory)
    const made = await mkdir(path, { recursive: true })
    if (made !== undefined)
      for (let folder = path; folder.length >= made.length; folder = dirname(folder))
        await realFiles.syncFolder(dirname(folder))
    // The node's own log file may have made the folder above a moment ago. One that stood before, and that this user
    // may not read, needs no sync.
    await realFiles.syncFolder(dirname(dirname(path))).catch(() => {})
    refuseForeign(directory)
    return lockDirectory(directory, lockToken)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    throw new MillraceError(
      'log.directory_unwritable',
      `The data directory ${directory} cannot be used: ${errorMessage(error)}.`,
      { hint: 'Make it writable for this user, or choose another one.', file: directory, cause: error },
    )
  }
}

/** A folder with other things in it is somebody else's: nothing is written there. */
function refuseForeign(directory: string): void {
  const names = readdirSync(directory)
  if (names.includes(metaName)) return
  const ours = names.filter(name => name === endsName || name === topicsName)
  if (ours.length > 0)
    throw corrupt(join(directory, metaName), `is missing, and ${ours.join(' and ')} of a log are there`)
  const others = names.filter(
    name => !name.startsWith(lockName) && !name.startsWith(`${metaName}.`) && name !== 'lost+found',
  )
  if (others.length > 0)
    throw new MillraceError(
      'log.directory_foreign',
      `The folder ${directory} is no data directory, and not empty: it holds ${others.slice(0, 3).join(', ')}.`,
      { hint: 'Choose an empty folder, or one that does not exist yet.', file: directory },
    )
}

function readMeta(directory: string): Meta | undefined {
  const path = join(directory, metaName)
  if (!existsSync(path)) return undefined
  const [first, second, id, state] = readFileSync(path, 'utf8').split('\n')
  if (first !== mark)
    throw new MillraceError('log.directory_foreign', `${path} is not of a data directory.`, {
      hint: 'Choose another data directory.',
      file: path,
    })
  if (second !== `version ${version}`)
    throw new MillraceError(
      'log.directory_foreign',
      `${path} says ${second ?? 'nothing'}; this is version ${version}.`,
      {
        hint: 'Open the data directory with the version of Millrace that made it, or a newer one.',
        file: path,
      },
    )
  if (id === undefined || id.length !== 36 || (state !== 'new' && state !== 'ready')) throw corrupt(path, 'is damaged')
  return { id, state }
}

async function writeMeta(directory: string, meta: Meta): Promise<void> {
  const temporary = join(directory, `${metaName}.new`)
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(`${mark}\nversion ${version}\n${meta.id}\n${meta.state}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(directory, metaName))
  await realFiles.syncFolder(directory)
}

/** In a new directory, or one whose making was interrupted: there was nothing in it yet that could be lost. */
async function makeEnds(directory: string, meta: Meta | undefined): Promise<EndsStore> {
  const id = meta?.id ?? randomUUID()
  if (meta === undefined) await writeMeta(directory, { id, state: 'new' })
  const folder = join(directory, endsName)
  rmSync(folder, { recursive: true, force: true })
  await mkdir(folder)
  await mkdir(join(directory, topicsName), { recursive: true })
  const ends = new EndsStore(folder)
  try {
    ends.setDirectoryId(id)
    await realFiles.syncFolder(folder)
    await writeMeta(directory, { id, state: 'ready' })
    return ends
  } catch (error) {
    await ends.close()
    throw error
  }
}

async function openEnds(directory: string, meta: Meta): Promise<EndsStore> {
  const folder = join(directory, endsName)
  const path = join(folder, 'data.mdb')
  if (!existsSync(path)) throw corrupt(path, 'is missing')
  if (!existsSync(join(directory, topicsName))) throw corrupt(join(directory, topicsName), 'is missing')
  const problem = endsFileProblem(await readFile(path))
  if (problem?.kind === 'foreign')
    throw new MillraceError('log.directory_foreign', `${path} is not of this log: ${problem.what}.`, {
      hint: 'Restore the data directory from a backup, or choose another one.',
      file: path,
    })
  if (problem !== undefined) throw corrupt(path, `is damaged: ${problem.what}`)
  // LMDB's lock file only matters between processes, and there is no other; a damaged one could stop it.
  rmSync(join(folder, 'lock.mdb'), { force: true })
  const ends = new EndsStore(folder)
  try {
    const id = ends.directoryId
    if (id === meta.id) return ends
    throw id === undefined
      ? corrupt(path, 'has lost its content')
      : new MillraceError('log.directory_foreign', `${path} is of another data directory.`, {
          hint: 'Put back the ends store of this directory.',
          file: path,
        })
  } catch (error) {
    await ends.close()
    throw error
  }
}

export function corrupt(path: string, what: string): MillraceError {
  return new MillraceError('log.directory_corrupt', `The data directory is damaged: ${path} ${what}.`, {
    hint: 'Restore the data directory from a backup, or move it away to begin anew.',
    file: path,
  })
}
