import { compressions, type Compression } from '../codec/index.js'
import { MillraceError } from '../core/error.js'
import type { ReaderOptions } from '../ports/log.js'

type Settings = Readonly<Record<string, string>>

/** How records are packed. */
export interface Packing {
  readonly compression: Compression
  /** A batch is closed when it has reached this. */
  readonly targetBatchBytes: number
  /** No batch is larger than this before compression; a record that does not fit fails. */
  readonly maxBatchBytes: number
  /** How long a unit waits for a batch to fill while the log has nothing to do. */
  readonly lingerMs: number
}

/** How a sink's topics are read. */
export interface Fetching {
  /** Where to begin where nothing is committed, or what is committed is gone. */
  readonly reset: NonNullable<ReaderOptions['outOfRange']>
  /** Whether records of transactions without end are left out. */
  readonly isolation: NonNullable<ReaderOptions['isolation']>
  /** About what one read brings. */
  readonly maxBytes: number
  /** What one `put` gets at most. */
  readonly maxRecords: number
}

/** Far more than Java's 16 KiB: a batch is made of what is there and never waited for, so size costs no time here. */
const defaultTargetBytes = 512 << 10
const defaultMaxBatchBytes = 1 << 20
const defaultFetchBytes = 1 << 20
/**
 * Connect's consumers give 500. What a put costs beside its records (a round trip, a statement, a sync) is what limits
 * most sinks, so give them more at once; a list this long is still below a few megabytes of objects.
 */
const defaultMaxRecords = 2_000

/** Reads `compression.type`, `batch.size`, `linger.ms` and `max.request.size`. Fails with `pipeline.client_setting`. */
export function packingOf(producer: Settings): Packing {
  const compression = (producer['compression.type'] ?? 'none').trim().toLowerCase()
  if (!isCompression(compression))
    throw invalid('producer', 'compression.type', `There is no compression ${compression}.`, compressions.join(', '))
  const maxBatchBytes = wholeNumber(producer, 'producer', 'max.request.size', defaultMaxBatchBytes)
  const target = wholeNumber(producer, 'producer', 'batch.size', defaultTargetBytes)
  // Not Java's 5: batches grow by themselves while the log is busy.
  const lingerMs = wholeNumber(producer, 'producer', 'linger.ms', 0)
  return { compression, maxBatchBytes, targetBatchBytes: Math.min(target, maxBatchBytes), lingerMs }
}

/** Reads `auto.offset.reset`, `isolation.level`, `fetch.max.bytes` and `max.poll.records`. Fails with `pipeline.client_setting`. */
export function fetchingOf(consumer: Settings): Fetching {
  const reset = (consumer['auto.offset.reset'] ?? 'earliest').trim().toLowerCase()
  if (reset !== 'earliest' && reset !== 'latest' && reset !== 'none')
    throw invalid('consumer', 'auto.offset.reset', `${reset} is no place to begin.`, 'earliest, latest, none')
  const isolation = (consumer['isolation.level'] ?? 'read_uncommitted').trim().toLowerCase()
  if (isolation !== 'read_uncommitted' && isolation !== 'read_committed')
    throw invalid(
      'consumer',
      'isolation.level',
      `${isolation} is no level of isolation.`,
      'read_uncommitted, read_committed',
    )
  return {
    isolation,
    reset: reset === 'none' ? 'fail' : reset,
    maxBytes: wholeNumber(consumer, 'consumer', 'fetch.max.bytes', defaultFetchBytes),
    maxRecords: Math.max(1, wholeNumber(consumer, 'consumer', 'max.poll.records', defaultMaxRecords)),
  }
}

function isCompression(name: string): name is Compression {
  return (compressions as readonly string[]).includes(name)
}

function wholeNumber(settings: Settings, of: 'producer' | 'consumer', key: string, fallback: number): number {
  const text = settings[key]
  if (text === undefined) return fallback
  if (/^\s*\d+\s*$/.test(text)) return Number(text)
  throw invalid(of, key, `${text} is not a whole number.`)
}

function invalid(of: 'producer' | 'consumer', key: string, message: string, choice?: string): MillraceError {
  return new MillraceError('pipeline.client_setting', message, {
    stage: 'TASK_START',
    key: `${of}.override.${key}`,
    ...(choice !== undefined && { hint: `Use one of ${choice}.` }),
  })
}
