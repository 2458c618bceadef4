import { field, type ConfigFields, type ConfigOf } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import { coordinationTopicOf, topicNameProblem } from '../../core/topic.js'
import { processFields } from '../worker/process-fields.js'

const longest = 2 ** 31 - 1
/** A ttl below this many heartbeats would take one late beat for a death (cluster protocol §10). */
const leastBeats = 3
/** Where `heartbeat.interval.ms` is not set. */
const defaultHeartbeatMs = 500

/** The keys of a distributed worker file that are about the node and its cluster (contract §3.3). */
export const clusterFields = {
  ...processFields,
  'group.id': field.string({
    doc: 'Names the cluster; also part of the name of its coordination topic.',
    importance: 'high',
    check: group => {
      const problem = group === '' ? 'is empty' : topicNameProblem(coordinationTopicOf(group))
      return problem && `The coordination topic is ${coordinationTopicOf('<group.id>')}, and its name ${problem}`
    },
  }),
  'node.name': field.string({
    doc: 'Names this node in its cluster; no two may have one name. Default: <hostname>:<port>.',
    optional: true,
    nonEmpty: true,
    check: name => (/\p{Cc}/u.test(name) ? 'String must not have control characters' : undefined),
  }),
  'cluster.expected.nodes': field.int({
    doc: 'How many nodes there should be; fewer raise an alert. Default: as many as have been seen and have not left.',
    optional: true,
    min: 1,
  }),
  'session.timeout.ms': field.int({
    doc: 'A node that is silent for so long is dead. Default: 3500, or 7 heartbeats if that is more.',
    optional: true,
    min: 1,
  }),
  'heartbeat.interval.ms': field.int({
    doc: 'How often a node says that it lives.',
    default: defaultHeartbeatMs,
    min: 1,
  }),
  'rebalance.timeout.ms': field.int({
    doc: 'How long a node may take in all to let go of tasks that move.',
    default: 60_000,
    min: 0,
  }),
  'scheduled.rebalance.max.delay.ms': field.int({
    doc: 'How long the tasks of a node that said it would be back soon wait for it; a crash never waits.',
    default: 300_000,
    min: 0,
    max: longest,
  }),
  'worker.sync.timeout.ms': field.int({
    doc: 'How long reading the config topic to its end may take.',
    default: 3_000,
    min: 0,
  }),
  'connect.protocol': field.string({
    doc: 'eager: every change deals all tasks anew; compatible, sessioned: only the tasks concerned move.',
    default: 'sessioned',
    check: oneOfIgnoringCase('EAGER', 'COMPATIBLE', 'SESSIONED'),
  }),
  'exactly.once.source.support': field.string({
    doc: 'Whether source connectors can run exactly once: disabled, preparing, enabled.',
    default: 'disabled',
    check: oneOfIgnoringCase('DISABLED', 'PREPARING', 'ENABLED'),
  }),
} as const satisfies ConfigFields

/** In the words of ConfigDef.CaseInsensitiveValidString. */
function oneOfIgnoringCase(...allowed: readonly string[]) {
  return (value: string): string | undefined =>
    allowed.includes(value.toUpperCase())
      ? undefined
      : `String must be one of (case insensitive): ${allowed.join(', ')}`
}

/** How the node takes part in its cluster. Times in milliseconds. */
export interface Membership {
  /** `group.id`. */
  readonly group: string
  /** `node.name`; the node makes one up of its host and port otherwise. */
  readonly node?: string
  readonly expectedNodes?: number
  readonly timers: {
    /** `session.timeout.ms`. Absent: max(3,500, 7 heartbeats), which the cluster's size may raise further. */
    readonly ttl?: number
    readonly heartbeat: number
  }
  readonly releaseMs: number
  readonly holdMaxMs: number
  readonly catchUpMs: number
  readonly protocol: 'eager' | 'cooperative'
  readonly exactlyOnce: 'disabled' | 'preparing' | 'enabled'
}

export function membershipOf(values: ConfigOf<typeof clusterFields>): Membership {
  const node = values['node.name']
  const expectedNodes = values['cluster.expected.nodes']
  const ttl = values['session.timeout.ms']
  return {
    group: values['group.id'],
    ...(node !== undefined && { node }),
    ...(expectedNodes !== undefined && { expectedNodes }),
    timers: { ...(ttl !== undefined && { ttl }), heartbeat: values['heartbeat.interval.ms'] },
    releaseMs: values['rebalance.timeout.ms'],
    holdMaxMs: values['scheduled.rebalance.max.delay.ms'],
    catchUpMs: values['worker.sync.timeout.ms'],
    protocol: values['connect.protocol']?.toLowerCase() === 'eager' ? 'eager' : 'cooperative',
    exactlyOnce: values['exactly.once.source.support']?.toLowerCase() as Membership['exactlyOnce'],
  }
}

/** What no key by itself shows. */
export function timerIssues({ timers }: Membership): readonly ConfigIssue[] {
  const { ttl, heartbeat } = timers
  if (ttl === undefined || heartbeat === undefined || ttl >= leastBeats * heartbeat) return []
  return [
    {
      key: 'session.timeout.ms',
      message: `${ttl} is less than ${leastBeats} heartbeats of ${heartbeat} ms; one late heartbeat would pass for a death.`,
      hint: `Set it to at least ${leastBeats * heartbeat}, or lower heartbeat.interval.ms.`,
    },
  ]
}
