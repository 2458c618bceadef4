import { RecordCursor, batches } from '../../codec/index.js'
import type { DryRunRecord, DryRunWhy } from '../../core/api/dry-run.js'
import { MillraceError } from '../../core/error.js'
import type { OffsetMap } from '../../core/offset.js'
import type { SourceRecord } from '../../core/record.js'
import type { EncodedRecords, SourceYield } from '../../plugin/index.js'
import { AppendedNews } from '../appended-news.js'
import { settledBefore } from '../back-off.js'
import { rawRecord } from '../fetched-record.js'
import type { LoopControl } from '../loop-control.js'
import { CommitNotifier } from '../offset-committer.js'
import { SourceConversion } from '../source-conversion.js'
import type { SourceDependencies } from '../source-loop.js'
import { SourceReading, type Pulled } from '../source-reading.js'
import type { SourceDefinition } from '../task-definition.js'
import type { Resumable } from '../tolerance.js'
import type { Passage } from './passage.js'
import type { RecordTrace } from './record-trace.js'

export interface RunParts {
  readonly control: LoopControl
  readonly trace: RecordTrace
  readonly passage: Passage
  /** Records to read at most. */
  readonly limit: number
}

/** How long a plugin may take to clean up. */
const closeMs = 1_000

/**
 * Reads a few records as the task would, and brings each on its way, until there are enough, the input ends or `control`
 * is told to stop. Throws what the plugin throws, with its stage. The definition is an observed one. Nothing is appended or
 * committed, so the plugin is never told of a commit.
 */
export async function* runSource(
  definition: SourceDefinition,
  dependencies: SourceDependencies,
  { control, trace, passage, limit }: RunParts,
): AsyncGenerator<DryRunRecord, DryRunWhy> {
  const conversion = new SourceConversion(definition)
  const reading = new SourceReading(definition, dependencies, {
    control,
    notifier: new CommitNotifier(dependencies.logger),
    appended: new AppendedNews(dependencies.logger),
    setLagProvider: () => undefined,
  })
  let record = 0
  reading.open()
  try {
    for (;;) {
      const pulled = await inTime(reading.pull(), control)
      if (pulled.type === 'retry') throw pulled.error
      if (pulled.type === 'stopped') return 'timeout'
      if (pulled.type === 'ended') return 'input-ended'
      for (const begun of recordsOf(pulled.value, definition, trace, conversion)) {
        if (begun !== 'encoded') await passage.take(begun)
        yield { record: ++record, steps: trace.steps }
        if (record === limit) return 'limit'
        if (control.isStopping) return 'timeout'
      }
    }
  } finally {
    void control.drain(closeMs)
    await settledBefore(reading.close(), control.deadlineSignal)
  }
}

async function inTime(pulling: Promise<Pulled>, control: LoopControl): Promise<Pulled> {
  return (await settledBefore(pulling, control.deadlineSignal)) ? pulling : { type: 'stopped' }
}

/** Begins with each record that was yielded; what is left is its conversion. Marks show nothing. */
function* recordsOf(
  yielded: SourceYield<OffsetMap, OffsetMap>,
  { transforms }: SourceDefinition,
  trace: RecordTrace,
  conversion: SourceConversion,
): Generator<Resumable | 'encoded', void, undefined> {
  if ('mark' in yielded) {
    if (yielded.mark !== 'encoded') return
    if (transforms.length > 0)
      throw new MillraceError(
        'pipeline.encoded_with_transforms',
        'The source passes encoded batches on, which transforms cannot see.',
        { stage: 'TRANSFORMATION', key: 'transforms', hint: 'Remove the transforms.' },
      )
    for (const raw of rawRecords(yielded)) {
      trace.raw('read', raw)
      yield 'encoded'
    }
    return
  }
  for (const record of isList(yielded) ? yielded : [yielded]) {
    trace.read(record)
    conversion.begin(record)
    yield conversion
  }
}

function* rawRecords(encoded: EncodedRecords<OffsetMap, OffsetMap>) {
  const { topic, kafkaPartition: partition, batches: bytes, from = 0 } = encoded
  const cursor = new RecordCursor()
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const batch of batches(buffer)) {
    cursor.open(buffer, batch)
    while (cursor.next()) if (cursor.offset >= from) yield rawRecord({ topic, partition }, cursor)
  }
}

// Array.isArray does not narrow a readonly array.
function isList(yielded: SourceRecord | readonly SourceRecord[]): yielded is readonly SourceRecord[] {
  return Array.isArray(yielded)
}
