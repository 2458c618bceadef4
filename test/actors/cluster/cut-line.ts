import { MillraceError } from '../../../src/core/error.js'
import { sleep, type Clock } from '../../../src/ports/clock.js'
import type { LogClient, LogReader, LogWriter, ReaderOptions, WriterOptions } from '../../../src/ports/log.js'

/** A connection to a log that can be cut: from then on nothing is read, and nothing that is sent arrives. */
export class CutLine implements LogClient {
  readonly #log: LogClient
  readonly #clock: Clock
  #cut = false

  constructor(log: LogClient, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  get atomic(): boolean {
    return this.#log.atomic
  }

  get takesBuffers(): boolean {
    return this.#log.takesBuffers
  }

  get topics(): LogClient['topics'] {
    return this.#log.topics
  }

  get groups(): LogClient['groups'] {
    return this.#log.groups
  }

  cut(): void {
    this.#cut = true
  }

  mend(): void {
    this.#cut = false
  }

  openWriter(options: WriterOptions): LogWriter {
    const writer = this.#log.openWriter(options)
    return {
      append: unit =>
        this.#cut
          ? Promise.reject(new MillraceError('log.unreachable', 'Cut off.', { disposition: 'retry' }))
          : writer.append(unit),
      fence: () => writer.fence(),
      close: () => writer.close(),
    }
  }

  openReader(options?: ReaderOptions): LogReader {
    const reader = this.#log.openReader(options)
    return {
      assign: positions => reader.assign(positions),
      seek: (partition, offset) => reader.seek(partition, offset),
      pause: partitions => reader.pause(partitions),
      resume: partitions => reader.resume(partitions),
      read: async how => {
        if (!this.#cut) return reader.read(how)
        await sleep(this.#clock, how.maxWaitMs, how.signal)
        return []
      },
      lags: () => reader.lags(),
      hearEnds: () => reader.hearEnds(),
      close: () => reader.close(),
    }
  }

  settled(): Promise<void> {
    return this.#log.settled()
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}
