import { fatal } from 'millrace/plugin'
import { markBytes } from './file-mark.js'

const LF = 10
const CR = 13

/** What becomes of one line: its text without the terminator, and the position of the byte after the terminator. */
export type MakeLine<R> = (text: string, position: number) => R

/**
 * Splits bytes into lines, whatever chunks they come in. LF, CRLF and CR end a line; a CR at the end of the data waits
 * for the next byte. Positions count bytes from the start of the file. Bytes that are no UTF-8 become U+FFFD; they never
 * move a line's end, for no byte of a longer sequence looks like LF or CR.
 *
 * Layout: `[kept behind | unfinished and finished lines | room]`. The bytes kept behind are those by which a file is
 * recognised (`FileMark`). Each line is decoded by itself: one string for the whole chunk, cut with `substring`, took
 * half as long again, and each line would have kept the whole chunk alive.
 */
export class LineBuffer {
  /** Of the buffer while lines are of ordinary length. */
  readonly #size: number
  readonly #maxLineBytes: number
  #bytes: Buffer
  /** Position of `#bytes[0]` in the file. */
  #base: number
  /** Index of the first byte of the next line; beyond `#end` while the bytes before it are still being read. */
  #start: number
  #end = 0
  /** Index after the last terminator that is certain. */
  #complete: number
  /** Index up to which terminators have been looked for. */
  #scanned: number

  /** Lines begin at `position`; reading begins a little before it, at `readTo`. */
  constructor(position: number, options: { readonly chunkBytes: number; readonly maxLineBytes: number }) {
    this.#size = options.chunkBytes + 2 * markBytes
    this.#maxLineBytes = options.maxLineBytes
    this.#bytes = Buffer.allocUnsafeSlow(this.#size)
    this.#base = Math.max(0, position - markBytes)
    this.#start = this.#complete = this.#scanned = position - this.#base
  }

  /** Position of the byte after the last line taken. */
  get position(): number {
    return this.#base + this.#start
  }

  /** Position of the byte to read next. */
  get readTo(): number {
    return this.#base + this.#end
  }

  /** Position of the byte after the last finished line. */
  get linesTo(): number {
    return this.#base + this.#complete
  }

  /** The bytes just before `linesTo`, as many as a `FileMark` needs. Valid until the next `room`. */
  get beforeLinesTo(): Buffer {
    return this.#bytes.subarray(Math.max(0, this.#complete - markBytes), this.#complete)
  }

  /** The bytes last read, as many as a `FileMark` needs. Valid until the next `room`. */
  get lastRead(): Buffer {
    return this.#bytes.subarray(Math.max(0, this.#end - markBytes), this.#end)
  }

  /** Free space to read into, never empty. Invalidates what was given out before. */
  room(): Buffer {
    const full = this.#end === this.#bytes.length
    if (full || (this.#bytes.length > this.#size && this.#neededSize() === this.#size)) this.#compact()
    return this.#bytes.subarray(this.#end)
  }

  /** `count` bytes were read into what `room` gave. Fails when an unfinished line is too long. */
  filled(count: number): void {
    this.#end += count
    if (this.#end <= this.#scanned) return
    const fresh = this.#bytes.subarray(this.#scanned, this.#end)
    const lf = fresh.lastIndexOf(LF)
    if (lf >= 0) this.#complete = this.#scanned + lf + 1
    // The last byte is left out: after a CR there the terminator may go on.
    const cr = fresh.subarray(lf + 1, -1).lastIndexOf(CR)
    if (cr >= 0) this.#complete = this.#scanned + lf + 1 + cr + 1
    this.#scanned = fresh[fresh.length - 1] === CR ? this.#end - 1 : this.#end
    this.#checkLength(this.#scanned - Math.max(this.#start, this.#complete))
  }

  /** The next finished lines, at most `max`. Empty: all have been taken. Fails when a line is too long. */
  take<R>(max: number, make: MakeLine<R>): R[] {
    const lines: R[] = []
    const finished = this.#bytes.subarray(0, this.#complete)
    const next = (byte: number, from: number): number => {
      const index = finished.indexOf(byte, from)
      return index < 0 ? Infinity : index
    }
    let start = this.#start
    let lf = -1
    let cr = -1
    while (lines.length < max && start < finished.length) {
      if (lf < start) lf = next(LF, start)
      if (cr < start) cr = next(CR, start)
      const end = Math.min(lf, cr)
      this.#checkLength(end - start)
      const after = cr < lf && lf === cr + 1 ? lf + 1 : end + 1
      lines.push(make(finished.toString('utf8', start, end), this.#base + after))
      start = after
      this.#start = start
    }
    return lines
  }

  /** The last line when nothing can complete it any more; undefined where the data ended with a terminator. */
  takeRest<R>(make: MakeLine<R>): R | undefined {
    if (this.#start >= this.#end) return undefined
    const text = this.#bytes.toString('utf8', this.#start, this.#scanned)
    this.#start = this.#complete = this.#scanned = this.#end
    return make(text, this.position)
  }

  /** Index of the first byte that is still needed. */
  #needed(): number {
    return Math.max(0, Math.min(this.#start, this.#end) - markBytes)
  }

  /** At least half of the buffer is to be free after compacting. */
  #neededSize(): number {
    let size = this.#size
    while (size < 2 * (this.#end - this.#needed())) size *= 2
    return size
  }

  /** Moves what is needed to the front; gives more room to a line that fills the buffer, and takes it back after. */
  #compact(): void {
    const from = this.#needed()
    const size = this.#neededSize()
    const target = size === this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(size)
    this.#bytes.copy(target, 0, from, this.#end)
    this.#bytes = target
    this.#base += from
    this.#start -= from
    this.#complete -= from
    this.#scanned -= from
    this.#end -= from
  }

  // I6: a file without line ends must not grow the buffer for ever.
  #checkLength(length: number): void {
    if (length <= this.#maxLineBytes) return
    throw fatal(`The line at byte ${this.position} is longer than ${this.#maxLineBytes} bytes.`, {
      code: 'file.line_too_long',
      hint: 'Set line.max.bytes higher, or see whether the file is text at all.',
    })
  }
}
