import { RecordCursor, batches } from '../../codec/index.js'
import type { DryRunFrom, DryRunRecord, DryRunWhy } from '../../core/api/dry-run.js'
import { raceSignal } from '../assemble/race-signal.js'
import { settledBefore } from '../back-off.js'
import { fetchingOf } from '../client-settings.js'
import { rawRecord } from '../fetched-record.js'
import { SinkConversion } from '../sink-conversion.js'
import { findSinkTopics } from '../sink-topics.js'
import type { SinkDefinition } from '../task-definition.js'
import { taskFailure } from '../task-failure.js'
import type { LoopDependencies } from '../task-loop.js'
import type { FetchedChunk } from '../../ports/log.js'
import type { RunParts } from './run-source.js'
import { startPositions } from './start-positions.js'

/** How long one read waits: then it is seen whether the time is up. */
const readMs = 1_000
const readBytes = 1 << 20

/**
 * Reads a few records of a sink's topics, and brings each to where the sink would be given it. No group is joined and
 * nothing committed; the plugin is not opened, only asked to `check` that its outside system is there. The definition is
 * an observed one, of the connector as if it had one task: all partitions are its own.
 */
export async function* runSink(
  definition: SinkDefinition,
  dependencies: LoopDependencies,
  { control, trace, passage, limit, from }: RunParts & { readonly from: DryRunFrom },
): AsyncGenerator<DryRunRecord, DryRunWhy> {
  const { log } = dependencies
  const { isolation } = fetchingOf(definition.consumer)
  await checkOutside(definition, control.stopSignal)
  const conversion = new SinkConversion(definition)
  const cursor = new RecordCursor()
  const reader = log.openReader({ isolation, outOfRange: 'earliest' })
  let record = 0
  try {
    const { partitions } = await findSinkTopics(log, definition)
    if (partitions.length === 0) return 'no-topics'
    const positions = await startPositions(partitions, from, definition.group, log)
    await reader.assign(positions.all)
    while (!positions.areRead) {
      const chunks = await reader.read({ maxBytes: readBytes, maxWaitMs: readMs, signal: control.stopSignal })
      for (const chunk of chunks) {
        for (const _ of recordsOf(chunk, cursor)) {
          trace.raw('fetch', rawRecord(chunk, cursor))
          conversion.begin(chunk, cursor)
          await passage.take(conversion)
          yield { record: ++record, steps: trace.steps }
          if (record === limit) return 'limit'
          if (control.isStopping) return 'timeout'
        }
        positions.reached(chunk, chunk.next)
      }
      if (control.isStopping) return 'timeout'
    }
    return 'topics-ended'
  } catch (error) {
    throw taskFailure('KAFKA_CONSUME', error)
  } finally {
    await settledBefore(reader.close(), control.deadlineSignal)
  }
}

async function checkOutside({ plugin, config }: SinkDefinition, signal: AbortSignal): Promise<void> {
  if (plugin.check === undefined) return
  try {
    await raceSignal(Promise.resolve(plugin.check(config, signal)), signal, 'checking its outside system')
  } catch (error) {
    throw taskFailure('TASK_START', error)
  }
}

/** Moves the cursor to each record of a chunk, from the position that was asked for. */
function* recordsOf(chunk: FetchedChunk, cursor: RecordCursor): Generator<void, void, undefined> {
  for (const batch of batches(chunk.bytes)) {
    if (batch.control) continue
    cursor.open(chunk.bytes, batch)
    while (cursor.next()) if (cursor.offset >= chunk.position) yield
  }
}
