import { close, fdatasync, fsync, ftruncate, open, read, writev } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { FileLayer, LogFile } from './files.js'

// Bare descriptors, not FileHandles: half the cost per call, and nothing is closed behind our back.
const openFile = promisify(open)
const closeFile = promisify(close)
const truncateFile = promisify(ftruncate)
const syncData = promisify(fdatasync)
const syncAll = promisify(fsync)

/** The most buffers that one writev takes (IOV_MAX). */
const maxBuffers = 1024

const flags = { read: 'r', write: 'r+', create: 'w+' } as const

export const realFiles: FileLayer = {
  open: async (path, mode) => new RealFile(await openFile(path, flags[mode])),
  makeFolder: async path => {
    await mkdir(path, { recursive: true })
  },
  syncFolder: async path => {
    const folder = await openFile(path, 'r')
    try {
      await syncAll(folder)
    } finally {
      await closeFile(folder)
    }
  },
  list: path => absentAsUndefined(readdir(path)),
  size: async path => (await absentAsUndefined(stat(path)))?.size,
  remove: path => rm(path, { recursive: true, force: true }),
}

class RealFile implements LogFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let left = buffers
    while (left.length > 0) {
      const written = await writeSome(this.#descriptor, left.slice(0, maxBuffers), position)
      position += written
      left = without(left, written)
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0
    while (filled < target.byteLength) {
      const got = await readSome(this.#descriptor, target.subarray(filled), position + filled)
      if (got === 0) break
      filled += got
    }
    return filled
  }

  sync(): Promise<void> {
    return syncData(this.#descriptor)
  }

  truncate(length: number): Promise<void> {
    return truncateFile(this.#descriptor, length)
  }

  close(): Promise<void> {
    return closeFile(this.#descriptor)
  }
}

/** `buffers` without their first `bytes`: what a short write left. */
function without(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let done = 0
  while (done < buffers.length && bytes >= buffers[done]!.byteLength) bytes -= buffers[done++]!.byteLength
  return bytes === 0 ? buffers.slice(done) : [buffers[done]!.subarray(bytes), ...buffers.slice(done + 1)]
}

function writeSome(descriptor: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, buffers, position, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

function readSome(descriptor: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, target, 0, target.byteLength, position, (error, got) => (error ? reject(error) : resolve(got)))
  })
}

async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
