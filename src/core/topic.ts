import { MillraceError } from './error.js'

/** Rules for topics, as Kafka has them (org.apache.kafka.common.internals.Topic, TopicConfig); every log adapter holds them. */

/** The topic settings that a log of ours acts upon, parsed. */
export interface TopicSettings {
  /** `cleanup.policy` has `delete`: old segments go by age and size. */
  readonly expires: boolean
  /** `cleanup.policy` has `compact`: of each key the last record stays. */
  readonly compacts: boolean
  /** Milliseconds; -1 for ever. */
  readonly retentionMs: number
  /** -1 without limit. */
  readonly retentionBytes: number
  readonly segmentBytes: number
  readonly segmentMs: number
  /** The largest record batch, in bytes. */
  readonly maxMessageBytes: number
  /** How long a compacted topic keeps tombstones, milliseconds. */
  readonly deleteRetentionMs: number
}

/** More than a node could serve; keeps a mistyped number from filling the disk with folders. */
const maxPartitions = 10_000

const week = 7 * 24 * 3_600_000
const day = 24 * 3_600_000

/** What is wrong with a topic's name, as the end of a sentence that begins with the name; undefined where it is good. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'is a folder of the file system'
  if (name.length > 249) return 'is longer than 249 characters'
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return 'has other characters than a-z, A-Z, 0-9, `.`, `_` and `-`'
  return undefined
}

/**
 * Reads the settings a log acts upon and says all that is wrong with them at once. Settings that it does not know are
 * left alone. Defaults are Kafka's, except the segment size: smaller files let retention free space sooner, and a
 * compacted topic that is folded at every start should be short.
 */
export function readTopicSettings(config: Readonly<Record<string, string>>): {
  readonly settings: TopicSettings
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const integer = (key: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number => {
    const text = config[key]
    if (text === undefined) return fallback
    const value = /^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN
    // Kafka users write Long.MAX_VALUE for "never"; it is beyond what a number holds exactly and means the same here.
    if (value > most && most === Number.MAX_SAFE_INTEGER) return most
    if (value >= least && value <= most) return value
    problems.push(
      `${key}: ${JSON.stringify(text)} is not an integer of at least ${least}${most < 2 ** 53 - 1 ? ` and at most ${most}` : ''}`,
    )
    return fallback
  }
  const policies = (config['cleanup.policy'] ?? 'delete')
    .split(',')
    .map(policy => policy.trim())
    .filter(policy => policy !== '')
  if (policies.length === 0 || policies.some(policy => policy !== 'delete' && policy !== 'compact'))
    problems.push(`cleanup.policy: ${JSON.stringify(config['cleanup.policy'])} is not delete, compact or both`)
  const compacts = policies.includes('compact')
  return {
    settings: {
      expires: policies.includes('delete'),
      compacts,
      retentionMs: integer('retention.ms', week, -1),
      retentionBytes: integer('retention.bytes', -1, -1),
      segmentBytes: integer('segment.bytes', compacts ? 16 << 20 : 128 << 20, 14, 2 ** 31 - 1),
      segmentMs: integer('segment.ms', week, 1),
      maxMessageBytes: integer('max.message.bytes', 1_048_588, 0, 2 ** 31 - 1),
      deleteRetentionMs: integer('delete.retention.ms', day, 0),
    },
    problems,
  }
}

function partitionCountProblem(partitions: number): string | undefined {
  return Number.isInteger(partitions) && partitions >= 1 && partitions <= maxPartitions
    ? undefined
    : `partitions: ${partitions} is not an integer from 1 to ${maxPartitions}`
}

/** Checks what a topic is to be made of, all of it at once (I10). Throws `log.topic_name_invalid`, `log.topic_config_invalid`. */
export function checkTopic(spec: {
  readonly name: string
  readonly partitions: number
  readonly config?: Readonly<Record<string, string>>
}): TopicSettings {
  const nameProblem = topicNameProblem(spec.name)
  if (nameProblem !== undefined)
    throw new MillraceError('log.topic_name_invalid', `The topic name ${JSON.stringify(spec.name)} ${nameProblem}.`, {
      hint: 'Name topics with 1 to 249 of a-z, A-Z, 0-9, `.`, `_` and `-`.',
    })
  const { settings, problems } = readTopicSettings(spec.config ?? {})
  const countProblem = partitionCountProblem(spec.partitions)
  const all = countProblem === undefined ? problems : [countProblem, ...problems]
  if (all.length > 0)
    throw new MillraceError('log.topic_config_invalid', `Topic ${spec.name} cannot be made: ${all.join('; ')}.`, {
      hint: 'Correct the named settings.',
    })
  return settings
}

const coordinationPrefix = '__millrace-'

/** The topic through which the nodes of a cluster agree (cluster protocol §1), by `group.id`. */
export function coordinationTopicOf(group: string): string {
  return coordinationPrefix + group
}
