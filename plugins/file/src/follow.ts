import type { LagAnswer, OffsetMap, SourceContext } from 'millrace/plugin'
import { ChangeWatch } from './change-watch.js'
import { markOf, markText, readBefore } from './file-mark.js'
import { nextStep, rotationGraceMs } from './file-state.js'
import type { CommittedPosition } from './file-state.js'
import { LineBuffer } from './line-buffer.js'
import type { MakeLine } from './line-buffer.js'
import { locate } from './locate.js'
import type { Located } from './locate.js'
import { lookUp, readFailure } from './open-file.js'
import type { OpenFile } from './open-file.js'
import { SizeHistory } from './size-history.js'

/** How long to wait before looking for oneself, where no change was noticed. As Connect's. */
const pollMs = 1_000
/** Measured: 256 kB costs a fifth more a line, 1 MB gains 5 percent. */
const chunkBytes = 524_288

export interface FollowOptions<R> {
  readonly path: string
  readonly committed: CommittedPosition | undefined
  /** The most lines in one array. */
  readonly maxLines: number
  readonly maxLineBytes: number
  /** Called for each chunk read, with the mark of its last line's end, which may lie beyond the position of a line in it. */
  readonly maker: (mark: string) => MakeLine<R>
}

export type FollowContext = Pick<
  SourceContext<unknown, unknown, OffsetMap, OffsetMap>,
  'signal' | 'logger' | 'onLag' | 'progress' | 'sleep'
>

/** Reads a file's lines and goes on as it grows, through rotation and truncation, until the signal aborts. */
export class FileFollower<R> {
  readonly #context: FollowContext
  readonly #options: FollowOptions<R>
  #file: OpenFile | undefined
  #lines: LineBuffer
  #watch: ChangeWatch | undefined
  #modifiedNs = 0n
  /** What was read since the start: how long a line is, about. */
  readonly #read = { lines: 0, bytes: 0 }
  readonly #sizes = new SizeHistory()
  /** The end has not been reached yet since the start. */
  #catchingUp = true

  constructor(context: FollowContext, options: FollowOptions<R>) {
    this.#context = context
    this.#options = options
    this.#lines = this.#newLines(0)
    context.onLag(() => this.#lag())
  }

  async *read(): AsyncGenerator<readonly R[]> {
    const { signal } = this.#context
    try {
      await this.#open(this.#options.committed)
      while (this.#file && !signal.aborted) {
        yield* this.#readToEnd(this.#file)
        if (signal.aborted) return
        const now = await this.#guard(this.#waitAtEnd(this.#file))
        if (now === 'finished') {
          yield* this.#lastLine(this.#file)
          await this.#close()
          await this.#open(undefined)
        }
      }
    } finally {
      await this.#close()
    }
  }

  async *#readToEnd(file: OpenFile): AsyncGenerator<readonly R[]> {
    const { signal } = this.#context
    const { maxLines } = this.#options
    const lines = this.#lines
    while (!signal.aborted) {
      const room = lines.room()
      const { bytesRead } = await this.#guard(file.handle.read(room, 0, room.length, lines.readTo))
      if (bytesRead === 0) break
      lines.filled(bytesRead)
      const make = this.#maker(file)
      const before = lines.position
      for (let batch = lines.take(maxLines, make); batch.length > 0; batch = lines.take(maxLines, make)) {
        this.#read.lines += batch.length
        yield batch
        if (signal.aborted) return
      }
      this.#read.bytes += lines.position - before
      if (this.#catchingUp) this.#context.progress(lines.position, Math.max(file.size, lines.position))
    }
    this.#catchingUp = false
  }

  /** A file that will not grow any more: its last line needs no terminator. */
  async *#lastLine(file: OpenFile): AsyncGenerator<readonly R[]> {
    const rest = this.#lines.takeRest(this.#maker(file))
    if (rest !== undefined) yield [rest]
  }

  #maker(file: OpenFile): MakeLine<R> {
    return this.#options.maker(markText(markOf(file.id, this.#lines.linesTo, this.#lines.beforeLinesTo)))
  }

  /** Returns when there is more to read, or when the file will not grow any more. */
  async #waitAtEnd(file: OpenFile): Promise<'more' | 'finished'> {
    const { signal } = this.#context
    const { path } = this.#options
    const { readTo } = this.#lines
    let rotatedAt: number | undefined
    while (!signal.aborted) {
      // The watch begins before the file is looked at, so that no change falls between.
      this.#watch ??= new ChangeWatch(path)
      const [own, named] = await Promise.all([file.handle.stat({ bigint: true }), lookUp(path)])
      const rotated = named !== undefined && named.id !== file.id
      rotatedAt = rotated ? (rotatedAt ?? performance.now()) : undefined
      const quietMs = rotatedAt === undefined ? 0 : performance.now() - rotatedAt
      const modified = own.mtimeNs !== this.#modifiedNs
      this.#modifiedNs = own.mtimeNs
      const step = nextStep({ readTo, size: Number(own.size), modified, rotated, quietMs })
      switch (step) {
        case 'verify':
          if (!(await this.#stillThere(file))) return this.#restart()
          if (own.size > readTo) return 'more'
          break
        case 'restart':
          return this.#restart()
        case 'finish':
          return 'finished'
        case 'wait':
          await this.#watch.wait(rotated ? Math.max(1, rotationGraceMs - quietMs) : pollMs, signal)
      }
    }
    return 'more'
  }

  /** Whether what was read last still stands where it was read: else the file was cut and written again. */
  async #stillThere(file: OpenFile): Promise<boolean> {
    const { lastRead, readTo } = this.#lines
    const now = await readBefore(file.handle, readTo)
    return now.length >= lastRead.length && now.subarray(now.length - lastRead.length).equals(lastRead)
  }

  #restart(): 'more' {
    this.#report('truncated', this.#lines.position)
    this.#lines = this.#newLines(0)
    return 'more'
  }

  /** Opens the file, and waits for it where there is none. Leaves `#file` undefined when the signal aborts meanwhile. */
  async #open(committed: CommittedPosition | undefined): Promise<void> {
    const { signal, logger } = this.#context
    const { path } = this.#options
    for (let warned = false; !signal.aborted; await this.#context.sleep(pollMs)) {
      const found = await locate(path, committed)
      if (found) {
        this.#file = found.file
        this.#modifiedNs = found.file.modifiedNs
        this.#lines = this.#newLines(found.at)
        return this.#report(found.why, committed?.position)
      }
      if (!warned) logger.warn('There is no such file; waiting for it.', { file: path })
      warned = true
    }
  }

  #report(why: Located['why'], position: number | undefined): void {
    const { logger } = this.#context
    const fields = { file: this.#options.path, position }
    switch (why) {
      case 'truncated':
        return logger.warn('The file was cut or written anew; reading it from its start.', fields)
      case 'replaced':
        return logger.warn('Another file has the name now; reading it from its start.', fields)
      case 'renamed':
        return logger.info('The file was renamed; reading the rest of it first.', fields)
      case 'new':
      case 'resumed':
    }
  }

  #newLines(position: number): LineBuffer {
    return new LineBuffer(position, { chunkBytes, maxLineBytes: this.#options.maxLineBytes })
  }

  /** Lines that wait, about: as many as those read before would be in as many bytes. And for how long the first has waited at most. */
  async #lag(): Promise<LagAnswer> {
    const named = await lookUp(this.#options.path).catch(() => undefined)
    if (!named) return undefined
    const isOther = named.id !== this.#file?.id
    const bytes = isOther ? named.size : this.#bytesThatWait(named.size)
    const now = performance.now()
    if (isOther) this.#sizes.clear()
    else this.#sizes.note(named.size, now)
    if (bytes === 0) return 0
    const { lines, bytes: read } = this.#read
    const records = lines === 0 ? 1 : Math.max(1, Math.round((bytes * lines) / read))
    const ms = isOther ? undefined : this.#sizes.waitedMs(this.#lines.position, now)
    return { records, ...(ms !== undefined && { ms }) }
  }

  /** An unfinished last line does not count, else the task would look stalled until it is finished. */
  #bytesThatWait(size: number): number {
    return Math.max(0, size - this.#lines.readTo) + this.#lines.linesTo - this.#lines.position
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw readFailure(this.#options.path, error)
    }
  }

  async #close(): Promise<void> {
    this.#watch?.close()
    this.#watch = undefined
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
  }
}
