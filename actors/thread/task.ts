import type { HostedTask, TaskContext } from '../../src/actor/hosting/types.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { MillraceError } from '../../src/core/error.js'
import type { Loan } from '../../src/core/lending.js'
import { assembleTask } from '../../src/pipeline/assemble/assemble-task.js'
import { SinkLoop } from '../../src/pipeline/sink-loop.js'
import { SourceLoop } from '../../src/pipeline/source-loop.js'
import type { TaskDefinition } from '../../src/pipeline/task-definition.js'
import type { LoopDependencies, TaskLoop } from '../../src/pipeline/task-loop.js'
import { TaskMetrics } from '../../src/pipeline/task-metrics.js'
import type { TaskGrant } from '../work.js'
import { OwnershipQuestions } from './ownership.js'
import { sinkPlaces, sourcePlaces, type SinkPlaces, type SourcePlaces } from './offset-places.js'
import { requireValues } from './resolved.js'
import type { ThreadEnvironment } from './environment.js'
import { offsetsTopicKey, taskDataKey, type HostedInit, type TaskControl, type TaskEvent } from './messages.js'

/** How long a drain may take is the control side's business; it ends the thread when its ladder is over. */
const drainMs = 24 * 60 * 60 * 1000

/** `offsets`: of a source, always. */
type TaskPlaces = SinkPlaces & Partial<SourcePlaces>

/** The actor proper of a task: assembles it from its configuration and runs its loop. */
export async function task(
  init: Extract<HostedInit, { kind: 'task' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<HostedTask> {
  const { connector, task: number, taskCount } = init
  const { resolved, environment } = await requireValues(init.config, context, shared)
  const definition = await assembleTask(resolved.config, environment.worker, await environment.loader(), {
    task: resolved.revealData(taskData(init.config[taskDataKey])),
    number,
    count: taskCount,
  })
  const { version } = definition.plugin
  const send = (event: TaskEvent): void => void context.channel.send(event).catch(error => context.fail(error))
  const places = await placesOf(definition.kind, resolved.config, environment)
  const { log } = places.value
  if (number === 0 && definition.kind === 'source') warnOfOffsetsTopic(resolved.config, environment)
  const ownership = new OwnershipQuestions(number => send({ type: 'confirm', number }), environment.clock)
  const loop = openLoop(
    definition,
    { grant: init.grant, ownership, places: places.value },
    {
      log,
      lease: environment.lease,
      clock: environment.clock,
      random: environment.random,
      logger: environment.logger.child({ connector, task: number }),
      metrics: new TaskMetrics(context.cells, environment.clock),
      commitIntervalMs: environment.worker.offsetFlushIntervalMs,
      commitTimeoutMs: environment.worker.offsetFlushTimeoutMs,
      events: {
        running: () => send({ type: 'running', version }),
        paused: () => send({ type: 'paused', version }),
        topicUsed: topic => {
          if (environment.worker.topicTracking.enabled) send({ type: 'topic-used', topic })
        },
      },
      replan: () => send({ type: 'replan' }),
      hide: resolved.hide,
    },
  )
  if (init.paused) loop.pause()
  context.signal.addEventListener('abort', () => void loop.drain(drainMs), { once: true })
  context.hardSignal.addEventListener('abort', () => void loop.drain(0), { once: true })
  const control: TaskControl = {
    pause: () => loop.pause(),
    resume: () => loop.resume(),
    confirmed: (number, isOwner) => ownership.answered(number, isOwner),
  }
  return { done: live(loop, places), control }
}

/** Gives back what only this run had. Brokers that are away must not hold up the end of a task: that is not waited for. */
async function live(loop: TaskLoop, places: Loan<unknown>): Promise<void> {
  try {
    await loop.run()
  } finally {
    void places.giveBack()
  }
}

/** What an earlier life had under way has landed: it must have before offsets are read, or it would be read twice (I3). */
async function placesOf(
  kind: TaskDefinition['kind'],
  config: RawConfig,
  environment: ThreadEnvironment,
): Promise<Loan<TaskPlaces>> {
  const places: Loan<TaskPlaces> = await (kind === 'source'
    ? sourcePlaces(config, environment)
    : sinkPlaces(config, environment))
  try {
    await places.value.log.settled()
    return places
  } catch (error) {
    await places.giveBack()
    throw error
  }
}

function warnOfOffsetsTopic(config: RawConfig, { ownOffsets, logger }: ThreadEnvironment): void {
  if (ownOffsets !== undefined || config[offsetsTopicKey] === undefined) return
  logger.log('warn', `${offsetsTopicKey} means nothing here: a node without peers keeps all offsets itself`, {
    connector: config['name'],
  })
}

function openLoop(
  definition: TaskDefinition,
  parts: {
    readonly grant: TaskGrant | undefined
    readonly ownership: OwnershipQuestions
    readonly places: TaskPlaces
  },
  dependencies: LoopDependencies,
): TaskLoop {
  const { grant, ownership, places } = parts
  switch (definition.kind) {
    case 'source': {
      const { id } = definition
      const stores = places.offsets!
      const offsets = grant ? stores.forGrant(id, grant) : stores.forConnector(id.connector)
      const confirmOwnership = (signal: AbortSignal): Promise<boolean> =>
        grant === undefined ? Promise.resolve(true) : ownership.ask(signal)
      return new SourceLoop(definition, { ...dependencies, offsets, confirmOwnership })
    }
    case 'sink': {
      const { letters } = places
      return new SinkLoop(definition, {
        ...dependencies,
        ...(grant && { epoch: grant.epoch }),
        ...(letters && { letters }),
      })
    }
  }
}

function taskData(text: string | null | undefined): unknown {
  if (text === undefined || text === null) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new MillraceError('connector.task_data_invalid', `The key ${taskDataKey} of a task is not JSON.`, {
      key: taskDataKey,
      hint: 'Restart the connector: its tasks are planned anew.',
      cause,
    })
  }
}
