import { advance, newBootstrap, take, type Bootstrap } from '../../src/cluster/bootstrap.js'
import type { ClusterEvent, ClusterRecord } from '../../src/cluster/events.js'
import type { Reading } from '../../src/cluster/self.js'
import type { ClusterState } from '../../src/cluster/state.js'
import { errorCode, errorMessage } from '../../src/core/error.js'
import { sleep, type Clock } from '../../src/ports/clock.js'
import type { Logger } from '../../src/ports/logger.js'
import type { CoordinationReader, CoordinationTopic } from './coordination-topic.js'
import type { OlderState } from './member.js'

/** Who folds what is read. Each call is waited for before the next read (I6). */
export interface ReadingOwner {
  /** A first state, or a new one. Nothing is to be decided from it before everything below `end` has been folded too. */
  loaded(state: ClusterState, end: number): Promise<void>
  /** The position is not in the log any more; a new state follows. */
  expired(): Promise<void>
  /** What was read last is not in the log any more. Nothing is read until the owner says from where. */
  suffixLost(): Promise<void>
  /** The next records, in order; none after half a second without. */
  read(records: readonly ClusterRecord[]): Promise<void>
}

export interface ReadingParts {
  readonly topic: CoordinationTopic
  readonly owner: ReadingOwner
  /** This node's own. */
  readonly ttl: number
  /** R16: the highest term in the three stores, which have been read to their ends. */
  readonly storesTerm: () => number
  /** How long to wait between two fetches: otherwise each append wakes every reader (§10). */
  readonly pauseMs: () => number
  readonly now: () => Reading
  readonly clock: Clock
  readonly logger: Logger
}

const retryMs = 1_000
const waitMs = 500
/** While a node has no state it must see at once when somebody asks for, or makes, one. */
const bootstrapWaitMs = 25

/** `signal` ends this reading, and another begins: from `older` where its place is still in the log. */
export interface Beginning {
  readonly signal: AbortSignal
  readonly older: OlderState | undefined
}

/**
 * Reads the coordination topic until `signal` aborts: first what gives a state (§7), then everything behind it. Where the
 * position is lost, or the owner says so, from another beginning.
 */
export async function followCoordination(
  parts: ReadingParts,
  begin: () => Beginning,
  signal: AbortSignal,
): Promise<void> {
  let failing = false
  while (!signal.aborted) {
    const reader = parts.topic.openReader()
    const beginning = begin()
    const until = AbortSignal.any([signal, beginning.signal])
    try {
      const from = (await goBack(parts, beginning.older)) ?? (await loadState(parts, reader, until))
      failing = false
      if (from !== undefined) await follow(parts, reader, from, until)
    } catch (error) {
      if (!failing && !signal.aborted)
        parts.logger.log('warn', 'The coordination topic cannot be read, and is tried again', {
          code: errorCode(error),
          error: errorMessage(error),
        })
      failing = true
      await sleep(parts.clock, retryMs, signal)
    } finally {
      await reader.close()
    }
  }
}

/** Returns when the signal has aborted, or a new beginning is needed. */
async function follow(
  { topic, owner, pauseMs, clock, logger }: ReadingParts,
  reader: CoordinationReader,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  let position = from
  let failing = false
  while (!signal.aborted) {
    let records: readonly ClusterRecord[] = []
    try {
      records = (await reader.read(position, { maxWaitMs: waitMs, signal })).records
      failing = false
    } catch (error) {
      const code = errorCode(error)
      const outOfRange = code === 'log.offset_out_of_range'
      if (code === 'log.diverged' || (outOfRange && position > (await topic.bounds()).end)) {
        await owner.suffixLost()
        return untilAborted(signal)
      }
      // §7: nothing is known of what came between; a new state is needed.
      if (outOfRange) return owner.expired()
      if (!failing) logger.log('warn', 'Reading the coordination topic failed', { code, error: errorMessage(error) })
      failing = true
      await sleep(clock, waitMs, signal)
    }
    if (signal.aborted) return
    position = (records.at(-1)?.offset ?? position - 1) + 1
    await owner.read(records)
    if (pauseMs() > 0) await sleep(clock, pauseMs(), signal)
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** §9: what a lost suffix of the log had not touched yet. */
async function goBack({ topic, owner }: ReadingParts, older: OlderState | undefined): Promise<number | undefined> {
  if (older === undefined) return undefined
  const { start, end } = await topic.bounds()
  if (older.from < start || older.from > end) return undefined
  await owner.loaded(older.state, end)
  return older.from
}

/** The offset to fold on from, once the owner has a state; undefined where the signal aborted. */
async function loadState(
  parts: ReadingParts,
  reader: CoordinationReader,
  signal: AbortSignal,
): Promise<number | undefined> {
  const bounds = await parts.topic.bounds()
  const boot: Bootstrap = newBootstrap(bounds, parts.ttl, parts.now())
  let { end } = bounds
  while (!signal.aborted) {
    const step = advance(boot, end, { term: parts.storesTerm() }, parts.now())
    switch (step.type) {
      case 'ready':
        await parts.owner.loaded(step.state, end)
        return step.from
      case 'send':
        parts.topic.send([step.event satisfies ClusterEvent])
        break
      case 'read': {
        const read = await reader.read(boot.position, { maxWaitMs: bootstrapWaitMs, signal })
        for (const record of read.records) take(boot, record, parts.now())
        end = Math.max(end, read.end)
      }
    }
  }
  return undefined
}
