import { readBatchHeader } from '../codec/index.js'
import { errorCode, errorMessage } from '../core/error.js'
import { partitionKey, type OffsetMap } from '../core/offset.js'
import type { Appended, AppendedRange } from '../plugin/index.js'
import type { BatchAppend } from '../ports/log.js'
import type { Logger } from '../ports/logger.js'
import type { SourceOffset } from '../ports/source-offsets.js'

type Handler = (appended: Appended<OffsetMap, OffsetMap>) => void

/** Tells a plugin that asked for it where its records stand once they are durable. For others nothing is looked at. */
export class AppendedNews {
  readonly #logger: Logger
  #handler: Handler | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  set handler(handler: Handler | undefined) {
    this.#handler = handler
  }

  /** Where the batches of a unit have come to stand; nothing of those of which the log does not know. */
  rangesOf(batches: readonly BatchAppend[], baseOffsets: readonly number[]): readonly AppendedRange[] {
    if (this.#handler === undefined) return []
    return joined(
      batches.flatMap(({ topic, partition, bytes }, index) => {
        const first = baseOffsets[index] ?? -1
        return first < 0 ? [] : [{ topic, partition, first, last: first + readBatchHeader(bytes).lastOffsetDelta }]
      }),
    )
  }

  /** The units of `ranges` count now, and the source stands at `positions` with them. */
  tell(positions: Iterable<SourceOffset>, ranges: readonly AppendedRange[]): void {
    if (this.#handler === undefined || ranges.length === 0) return
    try {
      this.#handler({ positions: [...positions], ranges: joined(ranges) })
    } catch (error) {
      this.#logger.log('warn', 'The connector failed to hear where its records stand', {
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
  }
}

/** One for each topic partition; they come in order. */
function joined(ranges: readonly AppendedRange[]): readonly AppendedRange[] {
  const byPartition = new Map<string, AppendedRange>()
  for (const range of ranges) {
    const key = partitionKey(range)
    const before = byPartition.get(key)
    byPartition.set(key, before === undefined ? range : { ...before, last: range.last })
  }
  return [...byPartition.values()]
}
