import type { ActorContext, ActorFactory } from '../src/actor/behavior.js'
import type { ActorRef, Reply } from '../src/actor/ref.js'
import type { ChildSpec, SupervisionPolicy } from '../src/actor/spec.js'
import type { RawConfig } from '../src/core/config/field.js'
import { taskKey } from '../src/core/offset.js'
import { findPlugin } from '../src/core/plugin-catalogue.js'
import type { Clock } from '../src/ports/clock.js'
import type { Logger } from '../src/ports/logger.js'
import { taskPolicy, type TaskPolicy } from '../src/pipeline/assemble/runtime-keys.js'
import { connector, type ConnectorMessage } from './connector.js'
import type { Coordination } from './coordinator.js'
import { ExclusiveHolders } from './exclusive-holders.js'
import { clearLeftovers } from './leftovers.js'
import type { Provided } from './provided.js'
import { RunningWorks } from './running-works.js'
import { StatusWriter } from './status-writer.js'
import type { NodeStores } from './stores.js'
import { StallWatch, watched } from './stall-watch.js'
import { task, taskStopMs, type TaskMessage } from './task.js'
import type { TaskThreads } from './threads.js'
import { WorkFigures } from './work-figures.js'
import { WorkJournal } from './work-journal.js'
import type { WorkMessage } from './work-messages.js'
import { report } from './work-report.js'
import { WorkStarts } from './work-starts.js'
import { connectorOfWork, reconcile, workId, type ConnectorWork, type Work } from './work.js'

/** What this node runs, for who reports on it. */
export interface RunningNode {
  readonly figures: WorkFigures
  readonly journal: WorkJournal
  readonly exclusive: ExclusiveHolders
  readonly starts: WorkStarts
  readonly policyOf: (id: string) => TaskPolicy | undefined
}

export interface WorkSupervisorParts {
  readonly stores: Provided<NodeStores>
  readonly threads: Provided<TaskThreads>
  readonly coordinator: Provided<Coordination>
  readonly provided: Provided<RunningNode>
  readonly clock: Clock
  readonly logger: Logger
  /** `host:port` of the REST API, or the node's name. */
  readonly workerId: () => string
  readonly hasPeers: boolean
  /** `task.shutdown.graceful.timeout.ms`. */
  readonly gracefulMs: number
}

/** Children know nothing of each other and have budgets of their own; what is left to this level ends with them. */
const supervision: SupervisionPolicy = {
  strategy: 'one_for_one',
  intensity: { max: 0, periodMs: 1_000 },
  backoff: { minMs: 1_000, maxMs: 60_000, jitter: 0.2, resetMs: 300_000 },
  order: 'concurrent',
}

const nothing: ConnectorWork = new Map()

/** How much longer than its parts the whole ladder of a task may take. */
const ladderMarginMs = 2_000

/** How often the tasks are looked at, for whether they move and for the windows of their rates. */
const lookMs = 1_000

/** Runs what this node owns now, by the coordinator's assignment, and restarts what crashes. */
export function workSupervisor(parts: WorkSupervisorParts): ActorFactory<WorkMessage> {
  return context => {
    const { stores, logger } = parts
    const { configs, statuses } = stores.get()
    const figures = new WorkFigures(parts.clock)
    const journal = new WorkJournal(parts.clock)
    const stalls = new StallWatch(parts.clock)
    const policies = new Map<string, TaskPolicy>()
    const exclusive = new ExclusiveHolders()
    const starts = new WorkStarts()
    const coordination = () => parts.coordinator.get()
    const running = new RunningWorks()
    const status = new StatusWriter({
      store: statuses,
      workerId: parts.workerId,
      epochOf: of => running.get('task' in of ? `task/${taskKey(of)}` : `connector/${of.connector}`)?.work.grant?.epoch,
      clock: parts.clock,
      logger,
    })
    const wanted = new Map<string, ConnectorWork>()
    const goneWaiters = new Map<string, Reply<void>[]>()
    /** By child id. */
    const endWaiters = new Map<string, Reply<void>[]>()
    /** Asked to restart without a word in the status. */
    const quiet = new Set<string>()

    const settle = (name: string): void => {
      const { stop, start, retarget } = reconcile(running.of(name), wanted.get(name) ?? nothing)
      for (const work of retarget) {
        running.set(work, false)
        const id = workId(work)
        if (journal.get(id)?.phase !== 'failed') retargetChild(context, work)
        // A failed connector stays failed when it is paused or resumed, but can be stopped (contract §5.3).
        else if (work.kind === 'connector' && work.targetState === 'STOPPED') restart(id, true)
      }
      for (const id of stop) {
        const { work } = running.get(id)!
        running.set(work, true)
        journal.entered(id, 'stopping')
        void context.removeChild(id).then(() => context.self.tell({ type: 'gone', work }, { lane: 'control' }))
      }
      for (const work of start) {
        running.set(work, false)
        journal.added(workId(work), work.kind)
        context.spawn(specOf(work))
      }
      answerGone(name)
    }

    const answerGone = (name: string): void => {
      if (running.of(name).size > 0) return
      for (const reply of goneWaiters.get(name) ?? []) reply.ok()
      goneWaiters.delete(name)
    }

    const restart = (id: string, quietly: boolean): void => {
      // What is stopping to make room for its changed self starts anew all by itself.
      if (running.get(id)?.stopping !== false) return
      if (quietly) quiet.add(id)
      context.restartChild(id)
      quiet.delete(id)
    }

    /** What does not come back leaves no status. Until that is written nothing of the same name starts. */
    const gone = (work: Work): void => {
      const id = workId(work)
      policies.delete(id)
      journal.removed(id)
      starts.forget(id)
      if (work.kind === 'connector') exclusive.release(work.name)
      else figures.end(work.id)
      const entry = configs.view.connector(connectorOfWork(work))
      const comesBack = entry !== undefined && (work.kind === 'connector' || work.id.task < entry.tasks.length)
      if (comesBack) return forgotten(work)
      const cleared = work.kind === 'connector' ? status.connectorRemoved(work.name) : status.removed(work.id)
      void cleared.then(() => context.self.tell({ type: 'forgotten', work }, { lane: 'control' }))
    }

    const forgotten = (work: Work): void => {
      running.delete(work)
      for (const reply of endWaiters.get(workId(work)) ?? []) reply.ok()
      endWaiters.delete(workId(work))
      settle(connectorOfWork(work))
    }

    const specOf = (work: Work): ChildSpec<never> => {
      const { policy } = taskPolicy(work.config)
      const id = workId(work)
      policies.set(id, policy)
      const drainMs = parts.gracefulMs + taskStopMs + ladderMarginMs
      return {
        ...restartSpec(policy),
        id,
        shutdown: { drainMs, stopMs: drainMs },
        // A life begins with what is wanted then, which may differ from when the child was added.
        start(life: ActorContext<never>) {
          const now = running.get(id)?.work ?? work
          starts.begin(id, now)
          const factory = now.kind === 'connector' ? connectorOf(now) : taskOf(now, policy)
          return (factory as ActorFactory<never>)(life)
        },
      }
    }

    const versionOf = (config: RawConfig): string | undefined => {
      const found = findPlugin(parts.threads.get().catalogue, 'connector', config['connector.class'] ?? '')
      return found.match === 'one' ? found.plugin.version : undefined
    }

    const connectorOf = (work: Extract<Work, { kind: 'connector' }>): ActorFactory<ConnectorMessage> =>
      connector({
        name: work.name,
        config: work.config,
        targetState: work.targetState,
        version: versionOf(work.config),
        hosting: parts.threads.get().hosting,
        configs: configs.view,
        request: command => coordination().request(command),
        status,
        onExclusive: held => exclusive.hold(work.name, held),
        onSettled: () => starts.started(workId(work)),
      })

    const taskOf = (work: Extract<Work, { kind: 'task' }>, policy: TaskPolicy): ActorFactory<TaskMessage> =>
      task({
        id: work.id,
        taskCount: work.taskCount,
        config: work.config,
        paused: work.paused,
        ...(work.grant && { grant: work.grant }),
        isolation: policy.isolation,
        ...(policy.memoryMaxBytes !== undefined && { memoryMaxBytes: policy.memoryMaxBytes }),
        gracefulMs: parts.gracefulMs,
        hosting: parts.threads.get().hosting,
        status,
        onLife: life => figures.begin(life),
        onState: state => journal.entered(workId(work), state),
        onFenced() {
          if (work.grant) coordination().fenced?.(work.id, work.grant.epoch)
        },
        confirm: async () => (work.grant && (await coordination().confirm?.(work.id, work.grant.epoch))) ?? true,
        onReplan: () => replan(context, work.id.connector),
      })

    /** I7: a task that should move and does not is restarted; under `restart.policy=none` it is only told of. */
    const look = (): void => {
      figures.roll()
      const phaseOf = (id: string): string | undefined => journal.get(id)?.phase
      for (const { life, policy } of stalls.look(watched(figures.lives(), phaseOf, id => policies.get(id)))) {
        const restarts = policy.restart.policy === 'transient'
        const timeoutMs = policy.stallTimeoutMs
        logger.log('warn', 'Stalled: there is something to do and no progress', { ...life.id, timeoutMs, restarts })
        const child = context.child(`task/${taskKey(life.id)}`) as ActorRef<TaskMessage> | undefined
        if (restarts) child?.tryTell({ type: 'stalled', cells: life.cells, timeoutMs }, 'control')
      }
    }

    return {
      supervision,
      async started() {
        parts.provided.provide({
          figures,
          journal,
          exclusive,
          starts,
          policyOf: id => policies.get(id),
        })
        context.every(lookMs, { type: 'look' })
        // With peers that is the leader's: what does not run here may run elsewhere.
        if (!parts.hasPeers) await clearLeftovers(configs.view, statuses.view, status)
        await parts.coordinator.get().ref.tell({ type: 'subscribe', to: context.self }, { lane: 'control' })
      },
      receive(message) {
        switch (message.type) {
          case 'assigned':
            for (const [name, works] of message.works) {
              if (works.size > 0) wanted.set(name, works)
              else wanted.delete(name)
              settle(name)
            }
            return
          case 'gone':
            return gone(message.work)
          case 'forgotten':
            return forgotten(message.work)
          case 'restart':
            message.reply.ok(starts.count)
            for (const id of message.ids) restart(id, message.quietly)
            return
          case 'when-gone':
            goneWaiters.set(message.connector, [...(goneWaiters.get(message.connector) ?? []), message.reply])
            return answerGone(message.connector)
          case 'when-ended':
            if (running.get(message.id) === undefined) return message.reply.ok()
            endWaiters.set(message.id, [...(endWaiters.get(message.id) ?? []), message.reply])
            return
          case 'ping':
            return message.reply.ok()
          case 'look':
            return look()
        }
      },
      childEvent(event) {
        const work = running.get(event.id)?.work
        if (work !== undefined)
          report(event, work, {
            status,
            figures,
            journal,
            starts,
            logger,
            quietly: quiet.has(event.id),
            version: versionOf(work.config),
          })
      },
      stopped() {
        parts.provided.withdraw()
        starts.close()
      },
    }
  }
}

/** How a connector's instance and its tasks are restarted, from the `restart.*` keys. */
export function restartSpec({ restart }: TaskPolicy): Pick<ChildSpec<never>, 'restart' | 'budget' | 'backoff'> {
  return {
    restart: 'transient',
    budget: { max: restart.policy === 'none' ? 0 : restart.max, periodMs: restart.periodMs, exhausted: 'park' },
    backoff: { minMs: restart.backoffMs, maxMs: restart.backoffMaxMs, jitter: 0.2, resetMs: restart.resetMs },
  }
}

function retargetChild(context: ActorContext<WorkMessage>, work: Work): void {
  const child = context.child(workId(work))
  if (child === undefined) return
  if (work.kind === 'connector') {
    void (child as ActorRef<ConnectorMessage>).tell({ type: 'target', state: work.targetState }, { lane: 'control' })
  } else {
    void (child as ActorRef<TaskMessage>).tell({ type: 'target', paused: work.paused }, { lane: 'control' })
  }
}

function replan(context: ActorContext<WorkMessage>, name: string): void {
  const child = context.child(`connector/${name}`) as ActorRef<ConnectorMessage> | undefined
  void child?.tell({ type: 'replan' }, { lane: 'control' })
}
