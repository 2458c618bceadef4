import { field, type ConfigFields, type RawConfig } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'

const healing = { group: 'Self-Healing', importance: 'low', width: 'short' } as const

/** Millrace's own keys: how tasks are restarted and kept apart. Kafka Connect ignores them. */
export const runtimeFields = {
  'restart.policy': field.string({
    doc: 'Whether a task that fails is restarted by itself (transient) or stays failed (none), as in Kafka Connect.',
    default: 'transient',
    oneOf: ['transient', 'none'],
    ...healing,
  }),
  'restart.max': field.int({
    doc: 'Restarts within restart.period.ms after which a task stays failed.',
    default: 10,
    min: 0,
    ...healing,
  }),
  'restart.period.ms': field.long({ doc: 'The period of restart.max, ms.', default: 600_000, min: 1, ...healing }),
  'restart.backoff.ms': field.long({
    doc: 'Pause before the first restart, ms; it doubles from restart to restart.',
    default: 1_000,
    min: 0,
    ...healing,
  }),
  'restart.backoff.max.ms': field.long({ doc: 'The longest such pause, ms.', default: 60_000, min: 0, ...healing }),
  'restart.reset.ms': field.long({
    doc: 'Time without a failure, ms, after which the pause is the first one again.',
    default: 300_000,
    min: 1,
    ...healing,
  }),
  'stall.timeout.ms': field.long({
    doc: 'Time without progress, ms, after which a task that has something to do counts as stalled; under restart.policy=transient it is restarted then.',
    default: 60_000,
    min: 1,
    ...healing,
  }),
  isolation: field.string({
    doc: 'Whether tasks share threads with others or have threads of their own (dedicated).',
    default: 'shared',
    oneOf: ['shared', 'dedicated'],
    ...healing,
  }),
  'task.memory.max': field.long({
    doc: 'Bytes of heap and buffers above which the thread of a task is ended; default: the limit of the node.',
    optional: true,
    min: 1,
    ...healing,
  }),
} as const satisfies ConfigFields

/** What the supervisors must know of a connector. */
export interface TaskPolicy {
  readonly restart: {
    readonly policy: 'transient' | 'none'
    readonly max: number
    readonly periodMs: number
    readonly backoffMs: number
    readonly backoffMaxMs: number
    readonly resetMs: number
  }
  readonly stallTimeoutMs: number
  readonly isolation: 'shared' | 'dedicated'
  readonly memoryMaxBytes?: number
}

/** Reads the policy from a configuration; needs no plugin, so supervisors may call it on any thread. */
export function taskPolicy(raw: RawConfig): { readonly policy: TaskPolicy; readonly issues: readonly ConfigIssue[] } {
  const { values, issues } = parseFields(runtimeFields, raw)
  const memoryMaxBytes = values['task.memory.max']
  const crossed = values['restart.backoff.max.ms'] < values['restart.backoff.ms']
  return {
    policy: {
      restart: {
        policy: values['restart.policy'],
        max: values['restart.max'],
        periodMs: values['restart.period.ms'],
        backoffMs: values['restart.backoff.ms'],
        backoffMaxMs: values['restart.backoff.max.ms'],
        resetMs: values['restart.reset.ms'],
      },
      stallTimeoutMs: values['stall.timeout.ms'],
      isolation: values.isolation,
      ...(memoryMaxBytes !== undefined && { memoryMaxBytes }),
    },
    issues: crossed
      ? [...issues, { key: 'restart.backoff.max.ms', message: 'Value must be at least that of restart.backoff.ms' }]
      : issues,
  }
}
