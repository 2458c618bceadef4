import { basename, dirname } from 'node:path'
import type { FileLayer, LogFile } from '../../../src/adapters/embedded/files.js'

/** A file's content apart from its name: what a write reached, and what a sync made sure of. */
interface Inode {
  data: Buffer
  durable: Buffer
  unsynced: ({ readonly at: number; readonly bytes: Buffer } | { readonly length: number })[]
}

type Entry = { readonly path: string; readonly inode: Inode | 'folder' | undefined }

const sectorBytes = 512

function ioError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

/** Data written at a position, the gap before it as zeros. */
function overwritten(data: Buffer, at: number, bytes: Uint8Array): Buffer {
  const result = Buffer.alloc(Math.max(data.length, at + bytes.length))
  data.copy(result)
  result.set(bytes, at)
  return result
}

function resized(data: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length)
  data.copy(result, 0, 0, Math.min(length, data.length))
  return result
}

/**
 * A file system in memory that keeps what a disk would after its power was cut: what was synced, and of the rest any
 * part, sector by sector; names of files and folders only when their folder was synced, or by chance.
 */
export class ForgetfulFiles implements FileLayer {
  #names: Map<string, Inode | 'folder'>
  readonly #durableNames: Map<string, Inode | 'folder'>
  #unsyncedNames: Entry[] = []
  #cut = false
  /** Called before every operation that could be the last. */
  onStep: () => void = () => {}

  constructor(names: Map<string, Inode | 'folder'> = new Map()) {
    this.#names = new Map(names)
    this.#durableNames = new Map(names)
  }

  /** The power goes: nothing works here any more. Returns what the next start finds. */
  cutPower(random: () => number): ForgetfulFiles {
    this.#cut = true
    const names = new Map(this.#durableNames)
    for (const { path, inode } of this.#unsyncedNames)
      if (random() < 0.5) {
        if (inode === undefined) names.delete(path)
        else names.set(path, inode)
      }
    const left = new Map<string, Inode | 'folder'>()
    for (const [path, inode] of names) {
      const folder = names.get(dirname(path))
      // A folder whose name was lost takes what is in it along.
      if (folder !== 'folder' && basename(dirname(path)) !== 'topics') continue
      if (inode === 'folder') left.set(path, inode)
      else {
        const data = afterCut(inode, random)
        left.set(path, { data, durable: data, unsynced: [] })
      }
    }
    return new ForgetfulFiles(left)
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<LogFile> {
    await this.#step(path)
    let inode = this.#names.get(path)
    if (inode === 'folder') throw ioError('EISDIR', path)
    if (mode === 'create') {
      if (this.#names.get(dirname(path)) !== 'folder') throw ioError('ENOENT', path)
      inode = { data: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [] }
      this.#name(path, inode)
    }
    if (inode === undefined) throw ioError('ENOENT', path)
    return this.#file(path, inode)
  }

  async makeFolder(path: string): Promise<void> {
    await this.#step(path)
    if (!this.#names.has(path)) this.#name(path, 'folder')
  }

  async syncFolder(path: string): Promise<void> {
    await this.#step(path)
    this.#unsyncedNames = this.#unsyncedNames.filter(entry => {
      if (dirname(entry.path) !== path) return true
      if (entry.inode === undefined) this.#durableNames.delete(entry.path)
      else this.#durableNames.set(entry.path, entry.inode)
      return false
    })
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    await this.#step(path)
    const inside = [...this.#names.keys()].filter(name => dirname(name) === path).map(name => basename(name))
    return inside.length > 0 || this.#names.has(path) ? inside : undefined
  }

  async size(path: string): Promise<number | undefined> {
    await this.#step(path)
    const inode = this.#names.get(path)
    return inode === undefined || inode === 'folder' ? undefined : inode.data.length
  }

  async remove(path: string): Promise<void> {
    await this.#step(path)
    for (const name of this.#names.keys())
      if (name === path || name.startsWith(`${path}/`)) {
        this.#names.delete(name)
        this.#unsyncedNames.push({ path: name, inode: undefined })
      }
  }

  #file(path: string, inode: Inode): LogFile {
    return {
      write: async (buffers, position) => {
        await this.#step(path)
        let at = position
        for (const buffer of buffers) {
          const bytes = Buffer.from(buffer)
          inode.unsynced.push({ at, bytes })
          inode.data = overwritten(inode.data, at, bytes)
          at += bytes.length
        }
      },
      read: async (target, position) => {
        await this.#step(path)
        return inode.data.copy(target, 0, position)
      },
      sync: async () => {
        const { data, unsynced } = inode
        await this.#step(path)
        inode.durable = data
        inode.unsynced = inode.unsynced.filter(write => !unsynced.includes(write))
      },
      truncate: async length => {
        await this.#step(path)
        inode.unsynced.push({ length })
        inode.data = resized(inode.data, length)
      },
      close: async () => {},
    }
  }

  #name(path: string, inode: Inode | 'folder'): void {
    this.#names.set(path, inode)
    this.#unsyncedNames.push({ path, inode })
  }

  async #step(path: string): Promise<void> {
    this.onStep()
    // A turn of the event loop, so that operations overlap as real ones do.
    await new Promise(resolve => setImmediate(resolve))
    if (this.#cut) throw ioError('EIO', path)
  }
}

function afterCut(inode: Inode, random: () => number): Buffer {
  let data = inode.durable
  for (const write of inode.unsynced)
    if ('length' in write) {
      if (random() < 0.5) data = resized(data, write.length)
    } else
      for (let from = 0; from < write.bytes.length; from += sectorBytes)
        if (random() < 0.5) data = overwritten(data, write.at + from, write.bytes.subarray(from, from + sectorBytes))
  return data
}
