import type { HostedTask, TaskContext } from '../../src/actor/hosting/types.js'
import type { DryRunEvent, DryRunRequest } from '../../src/core/api/dry-run.js'
import { hideIssue } from '../../src/core/config/hidden.js'
import { ConfigError, MillraceError } from '../../src/core/error.js'
import type { Loan } from '../../src/core/lending.js'
import { assembleTask } from '../../src/pipeline/assemble/assemble-task.js'
import { checkConnector } from '../../src/pipeline/assemble/check-connector.js'
import { planTasks } from '../../src/pipeline/assemble/plan-tasks.js'
import { raceSignal } from '../../src/pipeline/assemble/race-signal.js'
import { nextTurn, settledBefore } from '../../src/pipeline/back-off.js'
import { dryRun } from '../../src/pipeline/dry-run/dry-run.js'
import type { TaskDefinition } from '../../src/pipeline/task-definition.js'
import { traceOf } from '../trace.js'
import type { ThreadEnvironment } from './environment.js'
import { sinkPlaces, sourcePlaces } from './offset-places.js'
import { planServices } from './plan-services.js'
import { unresolved, withValues, type WithValues } from './resolved.js'
import { startOffsets } from './start-offsets.js'

/** How long checking and planning may take, and what they ask of the outside. */
const beginMs = 60_000
/** How long after its time what it says may still be on its way to a slow reader. */
const slowMs = 30_000

/** A task that is run without its effects, and told of record by record. Ends by itself, or when it is told to drain. */
export async function hostedDryRun(
  request: DryRunRequest,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<HostedTask> {
  const found = await withValues(request.config, context, shared)
  return { done: run(request, context, found) }
}

async function run(request: DryRunRequest, context: TaskContext, found: WithValues): Promise<void> {
  const { clock } = found.environment
  const overdue = new AbortController()
  let timer = clock.setTimer(() => overdue.abort(), beginMs)
  const signal = AbortSignal.any([context.signal, overdue.signal])
  let places: Loan<unknown> | undefined
  const began = (loan: Loan<unknown>): void => void (places = loan)
  try {
    const beginning = begin(request, { ...found, signal, context, began })
    const events = await raceSignal(beginning, signal, 'what a dry run begins with')
    clock.clearTimer(timer)
    timer = clock.setTimer(() => overdue.abort(), request.timeoutMs + slowMs)
    for await (const event of events) {
      // Something of it has failed elsewhere, which is its end; or nobody listens any more.
      if ('end' in event && context.signal.aborted) return
      if (!(await settledBefore(context.channel.send(event), overdue.signal)))
        throw new MillraceError('dryrun.overdue', 'What it says is read too slowly.')
      // On its way before plugin code goes on, which may hold the thread for good.
      await nextTurn()
    }
  } finally {
    clock.clearTimer(timer)
    await places?.giveBack()
  }
}

/** Everything that is wrong comes first, as when the connector is created (I10). */
async function begin(
  request: DryRunRequest,
  {
    resolved,
    environment,
    signal,
    context,
    began,
  }: WithValues & {
    readonly signal: AbortSignal
    readonly context: TaskContext
    /** Told what is to be given back at the end. */
    readonly began: (places: Loan<unknown>) => void
  },
): Promise<AsyncIterable<DryRunEvent>> {
  const { config, hide } = resolved
  const { worker, lease, clock, random } = environment
  const name = config['name'] ?? ''
  const loader = await environment.loader()
  const services = planServices(environment, config, signal)
  const { issues, plugin, className } = await checkConnector(
    config,
    worker,
    loader,
    services,
    await unresolved(resolved, environment),
  )
  if (issues.length > 0 || plugin === undefined) throw new ConfigError(issues.map(issue => hideIssue(issue, hide)))
  // A sink's plan shares its partitions out; here they are all read.
  const tasks =
    plugin.kind === 'sink' ? [null] : await planTasks(config, worker, loader, { ...services, watch: ignore })
  const place = { task: asStored(tasks[0]), number: 0, count: Math.max(1, tasks.length) }
  const definition = await assembleTask(config, worker, loader, place)
  const sideEffects = effectsOf(definition)
  if (sideEffects.length > 0 && !request.acceptEffects)
    throw new MillraceError('dryrun.effects', `Reading changes something outside: ${sideEffects.join(' ')}`, {
      hint: 'Say acceptEffects (--accept-effects) to read all the same.',
    })
  const offsets = await startOffsets(plugin, config, request.from, environment)
  const places = await (definition.kind === 'sink'
    ? sinkPlaces(config, environment)
    : sourcePlaces(config, environment, 'look'))
  began(places)
  return dryRun(definition, {
    log: places.value.log,
    lease,
    clock,
    random,
    logger: environment.logger.child({ connector: name, dryRun: true }),
    offsets,
    from: request.from,
    limit: request.limit,
    timeoutMs: request.timeoutMs,
    signal: context.signal,
    hide,
    traceOf,
    sideEffects,
    connector: { class: className ?? plugin.name, tasks: tasks.length },
  })
}

/** Of a sink they are those of its writing, which is left out. */
function effectsOf({ kind, plugin, config }: TaskDefinition): readonly string[] {
  return kind === 'source' ? (plugin.effects?.(config) ?? []) : []
}

/** As a running task gets it: what is planned is stored as JSON. */
function asStored(task: unknown): unknown {
  return task === undefined || task === null ? undefined : (JSON.parse(JSON.stringify(task)) as unknown)
}

const ignore = (): void => undefined
