import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '../../core/error.js'
import { lockName } from './layout.js'
import { isAlive, thisProcess, type ProcessLife } from './process-life.js'

/** Who has the directory. */
interface Holder extends ProcessLife {
  readonly token: string
}

export interface DirectoryLock {
  /** Shows that the holder lives to those who cannot see its process; false when the directory is not its any more. */
  beat(): boolean
  release(): void
}

/** Between two beats. */
export const beatMs = 3_000
/** A holder whose process cannot be seen from here lives while its last beat is no older than this. */
const staleMs = 15_000

/** Each try that fails was another starter's success; more than this many is a file that is in the way. */
const maxTries = 100

const unreadable = 'unreadable'
const tokenForm = /^[0-9a-f-]{36}$/

/**
 * Takes the directory for this process, or fails with `log.locked`.
 *
 * `LOCK` names a holder. Who finds it dead does not replace it, since two might do so at a time: it links a successor,
 * `LOCK.after.<token of the dead>`, which only one can; the last of that chain is the holder. The new holder then
 * becomes `LOCK` and removes the chain. Who linked a successor to something that was already removed sees that the
 * chain from `LOCK` does not lead to it, and begins again.
 */
export function lockDirectory(directory: string, token: string = randomUUID()): DirectoryLock {
  const own: Holder = { token, ...thisProcess() }
  const temporary = join(directory, `${lockName}.new.${own.token}`)
  writeFileSync(temporary, JSON.stringify(own), { flag: 'wx', flush: true })
  try {
    for (let tries = 0; ; tries++) {
      if (tries === maxTries) throw new Error(`${join(directory, lockName)} cannot be taken over; remove it`)
      const chain = readChain(directory)
      const holder = chain.at(-1)
      if (holder !== undefined && lives(holder)) throw locked(directory, holder)
      const place = join(directory, holder === undefined ? lockName : successorName(holder))
      if (!linkNew(temporary, place)) continue
      if (readChain(directory).some(({ token }) => token === own.token)) break
      rmSync(place, { force: true })
    }
    renameSync(temporary, join(directory, lockName))
    removeLeftovers(directory, own)
  } finally {
    rmSync(temporary, { force: true })
  }
  return {
    beat: () => beat(directory, token),
    release: () => releaseDirectory(directory, token),
  }
}

/** Gives the directory up for the holder with this token: also for a thread that ended without doing so itself. */
export function releaseDirectory(directory: string, token: string): void {
  const path = join(directory, lockName)
  try {
    if (readHolder(path)?.token === token) rmSync(path, { force: true })
  } catch {
    // It stays, and counts as stale once this process has ended.
  }
}

function beat(directory: string, token: string): boolean {
  const path = join(directory, lockName)
  try {
    if (readHolder(path)?.token !== token) return false
    const now = Date.now() / 1000
    utimesSync(path, now, now)
    return true
  } catch {
    return false
  }
}

/** A holder as it was found, with the age of its last beat in milliseconds. */
type FoundHolder = Holder & { readonly beatAge: number }

function lives(holder: FoundHolder): boolean {
  return isAlive(holder) ?? holder.beatAge < staleMs
}

/** From `LOCK` on to the last successor. */
function readChain(directory: string): FoundHolder[] {
  const chain: FoundHolder[] = []
  for (let path = join(directory, lockName); ;) {
    const holder = readHolder(path)
    if (holder === undefined || chain.some(({ token }) => token === holder.token)) return chain
    chain.push(holder)
    path = join(directory, successorName(holder))
  }
}

function successorName(holder: Holder): string {
  return `${lockName}.after.${holder.token}`
}

/** Undefined where there is no such file. One that cannot be understood counts as held by nobody, under a token of its own. */
function readHolder(path: string): FoundHolder | undefined {
  let text: string
  let beatAge: number
  try {
    text = readFileSync(path, 'utf8')
    beatAge = Date.now() - statSync(path).mtimeMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    if (Number.isInteger(holder.pid) && tokenForm.test(holder.token ?? '')) return { ...(holder as Holder), beatAge }
  } catch {
    // Not ours, or damaged: falls through.
  }
  return { token: unreadable, pid: 0, host: '', beatAge }
}

function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Files of starters that died on the way, and the chain that led here. */
function removeLeftovers(directory: string, own: Holder): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${lockName}.`)) continue
    const holder = readHolder(join(directory, name))
    // One that cannot be read may be another starter's that is being written.
    if (holder === undefined || holder.token === unreadable) continue
    if (holder.token === own.token || !lives(holder)) rmSync(join(directory, name), { force: true })
  }
}

function locked(directory: string, holder: Holder): MillraceError {
  return new MillraceError('log.locked', `Process ${holder.pid} has the data directory ${directory} open.`, {
    hint: `Stop process ${holder.pid} on ${holder.host}, or give this one another data directory.`,
    file: join(directory, lockName),
  })
}
