import type { ActorFactory } from '../src/actor/behavior.js'
import type { Hosted, Hosting } from '../src/actor/hosting/types.js'
import type { RawConfig } from '../src/core/config/field.js'
import { MillraceError, errorCode } from '../src/core/error.js'
import { taskKey, type TaskId } from '../src/core/offset.js'
import { taskMetricCells } from '../src/pipeline/task-metrics.js'
import type { HostedInit, TaskControl, TaskEvent } from './thread/messages.js'
import type { StatusWriter } from './status-writer.js'
import type { TaskGrant } from './work.js'
import type { TaskLife } from './work-figures.js'

export type TaskMessage =
  | Exclude<TaskEvent, { readonly type: 'topic-used' }>
  | { readonly type: 'target'; readonly paused: boolean }
  /** I7: this life of it, known by its figures, should move and does not. */
  | { readonly type: 'stalled'; readonly cells: Float64Array; readonly timeoutMs: number }

export interface TaskParts {
  readonly id: TaskId
  readonly taskCount: number
  readonly config: RawConfig
  readonly paused: boolean
  readonly grant?: TaskGrant
  readonly isolation: 'shared' | 'dedicated'
  readonly memoryMaxBytes?: number
  /** `task.shutdown.graceful.timeout.ms`. */
  readonly gracefulMs: number
  readonly hosting: Hosting
  readonly status: StatusWriter
  /** A life of it has begun. */
  readonly onLife: (life: TaskLife) => void
  readonly onState: (state: 'running' | 'paused') => void
  readonly onReplan: () => void
  /** Whether its grant still is its own, at a moment after the question. */
  readonly confirm: () => Promise<boolean>
  /** What it writes would be ignored: a later owner has been there. */
  readonly onFenced: () => void
}

/** How long a task that did not drain in time may take to give up, before its thread is ended. */
export const taskStopMs = 1_000

/**
 * The control side of a task: its actor proper lives in a worker thread, and what ends that one ends this one. A new
 * life starts from the committed offsets.
 */
export function task(parts: TaskParts): ActorFactory<TaskMessage> {
  return context => {
    const { id, status } = parts
    let paused = parts.paused
    let hosted: Hosted<TaskControl> | undefined
    let ending = false

    const end = async (drainMs: number): Promise<void> => {
      ending = true
      await hosted?.stop({ drainMs, stopMs: taskStopMs })
    }

    const answer = async (number: number): Promise<void> => {
      const isOwner = await parts.confirm().catch(() => undefined)
      // A task that has ended meanwhile has no use for it.
      await Promise.resolve(hosted?.control.confirmed(number, isOwner)).catch(() => undefined)
    }

    const receive = async (message: TaskMessage): Promise<void> => {
      switch (message.type) {
        case 'target':
          if (message.paused === paused) return
          paused = message.paused
          await (paused ? hosted?.control.pause() : hosted?.control.resume())
          return
        case 'running':
          parts.onState('running')
          return status.task(id, 'RUNNING', message.version)
        case 'paused':
          parts.onState('paused')
          return status.task(id, 'PAUSED', message.version)
        case 'stalled':
          // One that was told to an earlier life says nothing of this one.
          if (message.cells !== hosted?.cells) return
          throw new MillraceError('task.stalled', `The task made no progress for ${message.timeoutMs} ms.`, {
            hint: 'See what it waits for; stall.timeout.ms says how long it may.',
          })
        case 'confirm':
          // Not waited for here: a pause, or the end, must not stand behind it.
          void answer(message.number)
          return
        case 'replan':
          return parts.onReplan()
      }
    }

    return {
      async started() {
        const { connector, task: number } = id
        const init: HostedInit = {
          kind: 'task',
          connector,
          task: number,
          taskCount: parts.taskCount,
          config: parts.config,
          paused,
          ...(parts.grant && { grant: parts.grant }),
        }
        const hosting = parts.hosting.host<TaskControl>({
          name: taskKey(id),
          init,
          isolation: parts.isolation,
          cells: taskMetricCells,
          ...(parts.memoryMaxBytes !== undefined && { memoryMaxBytes: parts.memoryMaxBytes }),
        })
        hosted = hosting
        const { cells, threadName, dedicated } = hosting
        parts.onLife({ id, cells, threadName, dedicated })
        hosting.channel.listen(message => {
          const event = message as TaskEvent
          // Not by way of the mailbox, which is lost with this life: a task that fails right after its first records has used its topic.
          if (event.type === 'topic-used') return status.topicUsed(id, event.topic)
          return context.self.tell(event, { lane: 'control' })
        })
        hosting.done.catch(error => {
          if (ending) return
          // It goes on restarting until the coordinator, which has to know, has it stopped.
          if (errorCode(error) === 'stores.fenced') parts.onFenced()
          context.fail(error)
        })
        await hosting.started
      },
      receive,
      stopping: () => end(parts.gracefulMs),
      async stopped(reason) {
        // After a crash nothing is left to drain.
        await end(0)
        if (reason.kind === 'shutdown' || reason.kind === 'restart') await status.unassigned(id, reason.kind)
      },
    }
  }
}
