import {
  type DryRunEnd,
  type DryRunEvent,
  type DryRunFrom,
  type DryRunRecord,
  type DryRunWhy,
} from '../../core/api/dry-run.js'
import type { Hide } from '../../core/config/hidden.js'
import { DryRunTally } from '../../core/dry-run-tally.js'
import { dispositionOf } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import type { Lease } from '../../ports/lease.js'
import type { LogClient } from '../../ports/log.js'
import type { Logger } from '../../ports/logger.js'
import type { Random } from '../../ports/random.js'
import type { ConnectorOffsets } from '../../ports/source-offsets.js'
import { LoopControl } from '../loop-control.js'
import type { SourceDependencies } from '../source-loop.js'
import type { TaskDefinition } from '../task-definition.js'
import { taskFailure } from '../task-failure.js'
import { TaskMetrics, taskMetricCells } from '../task-metrics.js'
import { observed } from './observe.js'
import { Passage, describingErrors, type DescribeError } from './passage.js'
import { RecordTrace } from './record-trace.js'
import { runSink } from './run-sink.js'
import { runSource, type RunParts } from './run-source.js'
import { RecordShowing } from './shown-record.js'
import { stagesOf } from './stages.js'

/** How long what was read for may take to let go once it is to stop. */
const graceMs = 1_000
/** What is shown in all, as JSON, in characters. */
const shownMax = 8 << 20

export interface DryRunParts {
  readonly log: LogClient
  readonly lease: Lease
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Where a source begins; only read. */
  readonly offsets: ConnectorOffsets
  /** Where a sink begins. */
  readonly from: DryRunFrom
  readonly limit: number
  readonly timeoutMs: number
  /** Nobody looks any more. */
  readonly signal: AbortSignal
  readonly hide: Hide
  readonly traceOf: (error: unknown) => string
  /** What reading changes outside, as the plugin declares it. */
  readonly sideEffects: readonly string[]
  /** Class name, and how many tasks were planned. */
  readonly connector: { readonly class: string; readonly tasks: number }
}

/**
 * Runs a task without its effects: reads a few real records, brings each through the task's own conversion, and tells stage
 * by stage what that makes of it. Appends nothing, commits nothing, makes no topic, puts nothing into a sink. What fails is
 * told, not thrown. In a thread for plugin code only.
 */
export async function* dryRun(definition: TaskDefinition, parts: DryRunParts): AsyncGenerator<DryRunEvent, void> {
  const { connector, clock, hide } = parts
  const { plugin, id } = definition
  const started = clock.now()
  const tally = new DryRunTally(definition.kind === 'source')
  const describe = describingErrors(hide, parts.traceOf)
  yield {
    connector: {
      name: id.connector,
      class: connector.class,
      version: plugin.version,
      type: definition.kind,
      tasks: connector.tasks,
    },
    stages: stagesOf(definition, connector.class),
  }
  const end = async (why: DryRunWhy, error?: DryRunEnd['error']): Promise<DryRunEvent> => ({
    end: {
      ...tally.figures,
      missingTopics: (await missingTopics(definition, Object.keys(tally.figures.wouldWriteTo), parts.log)).map(hide),
      committed: false,
      sideEffects: parts.sideEffects.map(hide),
      why,
      ms: Math.round(clock.now() - started),
      ...(error && { error }),
    },
  })
  try {
    const run = running(definition, parts, describe)
    let shown = 0
    for (;;) {
      const next = await run.next()
      if (next.done === true) return yield await end(next.value)
      tally.add(next.value)
      yield next.value
      shown += JSON.stringify(next.value).length
      if (shown > shownMax) {
        await run.return('size')
        return yield await end('size')
      }
    }
  } catch (error) {
    const failure = taskFailure('TASK_POLL', error)
    const stage = failure.stage === undefined ? {} : { stage: failure.stage }
    yield await end('failed', { ...describe(error), ...stage, passes: dispositionOf(error) === 'retry' })
  }
}

async function* running(
  definition: TaskDefinition,
  parts: DryRunParts,
  describe: DescribeError,
): AsyncGenerator<DryRunRecord, DryRunWhy> {
  const { clock, signal, limit, timeoutMs } = parts
  if (parts.connector.tasks === 0) return 'no-tasks'
  const dependencies = quiet(parts)
  const control = new LoopControl(dependencies)
  const stop = (): void => void control.drain(graceMs)
  const timer = clock.setTimer(stop, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const trace = new RecordTrace(new RecordShowing(parts.hide), clock)
    const passage = new Passage(definition, dependencies, { trace, control, describe })
    const run: RunParts = { control, trace, passage, limit }
    return yield* definition.kind === 'source'
      ? runSource(observed(definition, trace), dependencies, run)
      : runSink(observed(definition, trace), dependencies, { ...run, from: parts.from })
  } finally {
    clock.clearTimer(timer)
    signal.removeEventListener('abort', stop)
    control.end()
  }
}

/** More are not asked about. */
const topicsMax = 50

/** None where the log cannot say. */
async function missingTopics(
  definition: TaskDefinition,
  written: readonly string[],
  log: LogClient,
): Promise<readonly string[]> {
  const named = definition.kind === 'sink' && 'names' in definition.topics ? definition.topics.names : written
  try {
    const found = await Promise.all(named.slice(0, topicsMax).map(topic => log.topics.describe(topic)))
    return named.filter((_, at) => at < topicsMax && found[at] === undefined)
  } catch {
    return []
  }
}

/** What a task's loop has, without anybody who hears of it: figures that nobody reads, events and requests that go nowhere. */
function quiet(parts: DryRunParts): SourceDependencies {
  const { log, lease, clock, random, logger, offsets, hide } = parts
  const ignore = (): void => undefined
  return {
    log,
    lease,
    clock,
    random,
    logger,
    offsets,
    hide,
    metrics: new TaskMetrics(new Float64Array(taskMetricCells), clock),
    events: { running: ignore, paused: ignore, topicUsed: ignore },
    replan: ignore,
    commitIntervalMs: Infinity,
    commitTimeoutMs: graceMs,
    confirmOwnership: () => Promise.resolve(false),
  }
}
