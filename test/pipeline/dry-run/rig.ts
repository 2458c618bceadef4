import type { DryRunEnd, DryRunEvent, DryRunFrom, DryRunRecord } from '../../../src/core/api/dry-run.js'
import { dryRun } from '../../../src/pipeline/dry-run/dry-run.js'
import type { TaskDefinition } from '../../../src/pipeline/task-definition.js'
import type { ConnectorOffsets } from '../../../src/ports/source-offsets.js'
import type { Bench } from '../fixture.js'

export interface Told {
  readonly stages: readonly string[]
  readonly records: readonly DryRunRecord[]
  readonly end: DryRunEnd
}

export interface RunOptions {
  readonly limit?: number
  readonly timeoutMs?: number
  readonly from?: DryRunFrom
  readonly offsets?: ConnectorOffsets
  readonly signal?: AbortSignal
  /** Called with each event, before the next is asked for. */
  readonly onEvent?: (event: DryRunEvent) => void
}

/** A dry run under virtual time, to its end. */
export async function run(bench: Bench, definition: TaskDefinition, options: RunOptions = {}): Promise<Told> {
  const { log, lease, clock, random, logger, hide } = bench.dependencies()
  const store = await bench.offsets()
  const events = dryRun(definition, {
    log,
    lease,
    clock,
    random,
    logger,
    hide,
    offsets: options.offsets ?? store.forConnector('c'),
    from: options.from ?? 'committed',
    limit: options.limit ?? 10,
    timeoutMs: options.timeoutMs ?? 10_000,
    signal: options.signal ?? new AbortController().signal,
    traceOf: error => (error as Error).stack ?? String(error),
    sideEffects: [],
    connector: { class: 'test.Connector', tasks: 1 },
  })
  let told: Told | undefined
  const records: DryRunRecord[] = []
  let stages: readonly string[] = []
  const reading = (async () => {
    for await (const event of events) {
      options.onEvent?.(event)
      if ('stages' in event) stages = event.stages.map(({ id }) => id)
      else if ('record' in event) records.push(event)
      else told = { stages, records, end: event.end }
    }
  })()
  await bench.clock.advanceUntil(() => told !== undefined)
  await reading
  await store.close()
  return told!
}

/** What each step of a record says, in short: `stage: what`. */
export function shortly({ steps }: DryRunRecord): string[] {
  return steps.map(({ stage, diff, dropped, error, matches, skipped }) => {
    if (error) return `${stage} fails: ${error.code} (${error.verdict})`
    if (dropped !== undefined) return `${stage} drops: ${dropped}`
    if (skipped) return `${stage} left out`
    if (matches !== undefined) return `${stage} ${matches}`
    return `${stage} ${diff?.map(({ op, path }) => `${op} ${path}`).join(', ') ?? 'shows'}`.trimEnd()
  })
}
