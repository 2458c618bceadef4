import type { RawConfig } from '../core/config/field.js'
import type { TaskId } from '../core/offset.js'
import type {
  AsyncPredicate,
  AsyncTransform,
  Converter,
  Predicate,
  SinkPlugin,
  SourcePlugin,
  Transform,
} from '../plugin/index.js'
import type { Boundary } from './transaction-boundary.js'

/** A transform as one task runs it. */
export interface TransformStep {
  readonly alias: string
  /** The class name of its configuration, as dead-letter headers and logs show it. */
  readonly className: string
  readonly apply: Transform | AsyncTransform
  /** Applies only where `test` is true (with `negate`: false). */
  readonly predicate?: {
    readonly alias: string
    readonly className: string
    readonly test: Predicate | AsyncPredicate
    readonly negate: boolean
  }
}

export interface ConverterStep {
  readonly className: string
  readonly converter: Converter
}

/** `errors.*` of one connector. */
export interface ErrorPolicy {
  readonly tolerance: 'none' | 'all'
  /** Total time to retry one operation, ms; -1 for ever, 0 not at all. */
  readonly retryTimeoutMs: number
  /** The longest pause between two tries, ms. */
  readonly retryDelayMaxMs: number
  readonly logEnable: boolean
  readonly logIncludeMessages: boolean
  /** Sources have one too, unlike Connect's. */
  readonly deadLetter?: { readonly topic: string; readonly replicationFactor: number; readonly contextHeaders: boolean }
}

/** How a topic that does not exist is made (`topic.creation.*`): the first rule whose patterns match its whole name. */
export interface TopicCreationRule {
  readonly group: string
  matches(topic: string): boolean
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

/** What sources and sinks have in common once a configuration has been checked and compiled for one task. */
interface TaskDefinitionParts {
  readonly id: TaskId
  readonly taskCount: number
  /** The plugin's own keys, parsed by its declaration. */
  readonly config: Readonly<Record<string, unknown>>
  readonly raw: RawConfig
  /** The element that the plugin's `tasks` made for this task. */
  readonly task: unknown
  readonly transforms: readonly TransformStep[]
  readonly keyConverter: ConverterStep
  readonly valueConverter: ConverterStep
  readonly headerConverter: ConverterStep
  readonly errors: ErrorPolicy
  /** Client settings without their prefix: the worker's `producer.*` under the connector's `producer.override.*`. */
  readonly producer: Readonly<Record<string, string>>
  readonly consumer: Readonly<Record<string, string>>
}

export interface SourceDefinition extends TaskDefinitionParts {
  readonly kind: 'source'
  readonly plugin: SourcePlugin
  readonly topicCreation: readonly TopicCreationRule[]
  /** How it runs exactly once on a log that is not atomic; absent where it does not. */
  readonly transactions?: {
    /** `<group.id>-<connector>-<task>`. */
    readonly id: string
    readonly boundary: Boundary
  }
}

export interface SinkDefinition extends TaskDefinitionParts {
  readonly kind: 'sink'
  readonly plugin: SinkPlugin
  /** Named topics, in the order configured, or a pattern that whole names must match (`topics.regex`, Java syntax). */
  readonly topics: { readonly names: readonly string[] } | { matches(topic: string): boolean }
  /** `connect-<name>` unless overridden. */
  readonly group: string
}

export type TaskDefinition = SourceDefinition | SinkDefinition
