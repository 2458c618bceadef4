import { createHash } from 'node:crypto'

/** About 100 bytes each. One batch may go beyond it. */
const maxKeys = 500_000
/** Longer keys are kept as a digest. */
const maxPlainBytes = 32

/** The last offset of each key. */
export class KeyMap {
  readonly #offsets = new Map<string, number>()
  readonly #max: number

  constructor(max = maxKeys) {
    this.#max = max
  }

  get full(): boolean {
    return this.#offsets.size >= this.#max
  }

  /** Offsets come in rising order. */
  set(key: Buffer, offset: number): void {
    this.#offsets.set(form(key), offset)
  }

  /** Whether a later record has the same key. */
  supersedes(key: Buffer, offset: number): boolean {
    const last = this.#offsets.get(form(key))
    return last !== undefined && last > offset
  }
}

/** A digest's 44 characters are more than a plain key has. */
function form(key: Buffer): string {
  return key.length <= maxPlainBytes ? key.toString('latin1') : createHash('sha256').update(key).digest('base64')
}
