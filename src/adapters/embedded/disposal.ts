import { join } from 'node:path'
import type { Logger } from '../../ports/logger.js'
import type { EndsChange, EndsStore } from './ends-store.js'
import type { FileLayer } from './files.js'

/**
 * Removes files and folders that a transaction has doomed, and forgets them in the ends store. What cannot be removed
 * stays doomed: the next start tries again, and nothing is made under its path before it is gone.
 */
export class Disposal {
  readonly #files: FileLayer
  readonly #directory: string
  readonly #ends: EndsStore
  readonly #logger: Logger
  readonly #pending = new Map<string, Promise<void>>()
  readonly #stuck = new Set<string>()

  constructor(files: FileLayer, directory: string, ends: EndsStore, logger: Logger) {
    this.#files = files
    this.#directory = directory
    this.#ends = ends
    this.#logger = logger
  }

  /** Lines for the transaction that stops naming the paths (relative). */
  doom(paths: readonly string[]): EndsChange[] {
    return paths.map(path => ({ kind: 'doomed', path }))
  }

  /** After that transaction. Never rejects. */
  async remove(paths: readonly string[]): Promise<void> {
    await Promise.all(
      paths.map(path => {
        const removal = this.#remove(path).finally(() => this.#pending.delete(path))
        this.#pending.set(path, removal)
        return removal
      }),
    )
  }

  /** Resolves with whether nothing is at the paths, or about to be removed from there. */
  async free(paths: readonly string[]): Promise<boolean> {
    await this.remove(paths.filter(path => this.#stuck.has(path)))
    for (const path of paths) await this.#pending.get(path)
    return !paths.some(path => this.#stuck.has(path))
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending.values())
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#files.remove(join(this.#directory, path))
      this.#ends.commit([{ kind: 'doomed-gone', path }])
      this.#stuck.delete(path)
    } catch (cause) {
      this.#stuck.add(path)
      this.#logger.log('warn', 'A file of the log could not be removed; the next start tries again', {
        path,
        err: cause,
      })
    }
  }
}
