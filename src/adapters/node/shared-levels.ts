import { initialLevels, type LevelTable } from '../../core/log-levels.js'
import { MillraceError } from '../../core/error.js'

/**
 * The level table in memory that all threads of the process share: the main thread writes it, every logger looks
 * whether it has changed before it decides about a line. So a level reaches a thread that is busy, stands still or
 * starts later, and costs a line that is not logged one atomic read.
 */
export type SharedLevels = SharedArrayBuffer

/** Thousands of loggers set one by one; who wants more sets the one above them. */
const maxTableBytes = 256 << 10
/** Two counters before the text: the version, odd while the text is written, and the length in bytes. */
const headerBytes = 8

export function createSharedLevels(): SharedLevels {
  const shared = new SharedArrayBuffer(headerBytes + maxTableBytes)
  writeLevels(shared, initialLevels)
  return shared
}

/** Fails with `logger.table_full`, having changed nothing. Called by one thread only. */
export function writeLevels(shared: SharedLevels, table: LevelTable): void {
  const text = Buffer.from(JSON.stringify(table))
  if (text.length > maxTableBytes)
    throw new MillraceError('logger.table_full', 'Too many loggers have levels of their own.', {
      hint: 'Set the level of the logger above them, which takes theirs away.',
    })
  const header = new Int32Array(shared, 0, 2)
  Atomics.add(header, 0, 1)
  new Uint8Array(shared, headerBytes).set(text)
  Atomics.store(header, 1, text.length)
  Atomics.add(header, 0, 1)
}

/** Reads the table anew only when it has changed. */
export class LevelReader {
  readonly #header: Int32Array
  readonly #text: Uint8Array
  #version = -1
  #table: LevelTable = initialLevels

  constructor(shared: SharedLevels) {
    this.#header = new Int32Array(shared, 0, 2)
    this.#text = new Uint8Array(shared, headerBytes)
  }

  get version(): number {
    const version = Atomics.load(this.#header, 0)
    if (version !== this.#version) this.#read(version)
    return this.#version
  }

  get table(): LevelTable {
    return this.#table
  }

  /** A text that is being written, or was written over while it was read, is left for the next line. */
  #read(version: number): void {
    if (version % 2 !== 0) return
    const text = Buffer.from(this.#text.slice(0, Atomics.load(this.#header, 1))).toString()
    if (Atomics.load(this.#header, 0) !== version) return
    this.#table = JSON.parse(text) as LevelTable
    this.#version = version
  }
}
