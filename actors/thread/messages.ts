import type { DryRunRequest } from '../../src/core/api/dry-run.js'
import type { ConnectorOffset } from '../../src/core/api/offsets.js'
import type { SinkOffsetChange } from '../../src/core/api/sink-offsets.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { Epoch } from '../../src/core/epoch.js'
import type { ConfigIssue } from '../../src/core/error.js'
import type { TaskGrant } from '../work.js'
import type { PluginModule } from '../../src/core/plugin-catalogue.js'

/** What a task thread hosts. */
export type HostedInit =
  | {
      readonly kind: 'task'
      readonly connector: string
      readonly task: number
      readonly taskCount: number
      readonly config: RawConfig
      readonly paused: boolean
      readonly grant?: TaskGrant
    }
  | { readonly kind: 'planner'; readonly connector: string; readonly config: RawConfig }
  /** Sends `DryRunEvent`s. Fails with `config.invalid`, and with what else keeps it from beginning. */
  | { readonly kind: 'dry-run'; readonly request: DryRunRequest }

/** What the thread that describes plugins is asked; answers a `PluginCatalogue` of this module. */
export interface DescribeInit {
  readonly module: PluginModule
}

/** What a task thread is asked once. */
export type CallInit =
  | OwnClientCall
  /** Answers a `CheckAnswer`. */
  | { readonly kind: 'check'; readonly config: RawConfig }
  /** Answers `ConfigInfos`. */
  | { readonly kind: 'validate'; readonly config: RawConfig }
  /** Answers a source's `ConnectorOffset`s. */
  | { readonly kind: 'source-offsets'; readonly connector: string; readonly config: RawConfig }
  /** Answers an `OffsetsVerdict`; without `offsets` all are to be forgotten. */
  | {
      readonly kind: 'check-source-offsets'
      readonly connector: string
      readonly config: RawConfig
      readonly offsets?: readonly ConnectorOffset[]
    }
  /** `epoch`: with peers, one that no owner of the connector's tasks has reached. */
  | {
      readonly kind: 'write-source-offsets'
      readonly connector: string
      readonly config: RawConfig
      readonly offsets: readonly ConnectorOffset[]
      readonly epoch?: Epoch
    }
  /** Answers whether the runtime's offsets are all there is. */
  | { readonly kind: 'check-sink-offsets'; readonly config: RawConfig; readonly changes: readonly SinkOffsetChange[] }

/** What only the connector's own clients can do, where it has some. */
type OwnClientCall =
  /** Answers `GroupOffset`s. */
  | { readonly kind: 'group-offsets'; readonly config: RawConfig; readonly group: string }
  /** Without changes all of the group is forgotten. */
  | {
      readonly kind: 'write-group-offsets'
      readonly config: RawConfig
      readonly group: string
      readonly changes?: readonly SinkOffsetChange[]
    }
  | { readonly kind: 'fence-transactional-id'; readonly config: RawConfig; readonly transactionalId: string }

export interface CheckAnswer {
  readonly issues: readonly ConfigIssue[]
  /** What the connector alone may hold, where the configuration is valid, and how that is told to others (I8). */
  readonly exclusive: readonly { readonly what: string; readonly shown: string }[]
}

/** What a hosted task says of itself. */
export type TaskEvent =
  | { readonly type: 'running'; readonly version: string }
  | { readonly type: 'paused'; readonly version: string }
  | { readonly type: 'topic-used'; readonly topic: string }
  | { readonly type: 'replan' }
  /** Asks whether its grant still is its own; answered by `TaskControl.confirmed`. */
  | { readonly type: 'confirm'; readonly number: number }

/** What a hosted planner says. */
export type PlannerEvent =
  | {
      readonly type: 'planned'
      /** Complete task configurations, ready to be stored. */
      readonly tasks: readonly RawConfig[]
      readonly version: string
      readonly exclusive: readonly string[]
    }
  | { readonly type: 'replan' }

/** The methods of a hosted task. */
export interface TaskControl {
  pause(): void
  resume(): void
  /** Undefined where nobody can say. */
  confirmed(number: number, isOwner: boolean | undefined): void
}

/** Names a topic of the connector's own for its offsets. */
export const offsetsTopicKey = 'offsets.storage.topic'

/** Whether one of these clients may be the connector's own, which only a task thread can tell: the settings may be variables. */
export function hasOwnClients(config: RawConfig, clients: readonly ('producer' | 'consumer' | 'admin')[]): boolean {
  return Object.keys(config).some(key => clients.some(client => key.startsWith(`${client}.override.`)))
}

/** Whether a source's offsets may stand elsewhere than in the worker's topic. */
export function mayHaveOwnOffsets(config: RawConfig): boolean {
  return config[offsetsTopicKey] !== undefined || hasOwnClients(config, ['producer'])
}

/** Keys that the runtime adds to a task's configuration. */
export const taskClassKey = 'task.class'
/** What the plugin's `tasks` made for this task, as JSON; absent where there is nothing. */
export const taskDataKey = 'millrace.task'
