import { field, type ConfigFields } from '../../core/config/field.js'
import { parseFields, subset } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'
import { topicNameProblem } from '../../core/topic.js'

/** A topic that the cluster keeps its state in; what it is made with where it is missing. */
export interface StorageTopic {
  readonly name: string
  /** -1: what the brokers take by default. */
  readonly partitions: number
  /** -1: what the brokers take by default. */
  readonly replicationFactor: number
  /** Other topic settings; the clean-up policy is not the file's to say. */
  readonly config: Readonly<Record<string, string>>
}

export interface StorageTopics {
  readonly config: StorageTopic
  readonly offset: StorageTopic
  readonly status: StorageTopic
}

/** Connect's defaults; the config topic has one partition whatever the file says. */
const partitions = { config: 1, offset: 25, status: 5 } as const
const stores = ['config', 'offset', 'status'] as const
type Store = (typeof stores)[number]

export interface ReadStorageTopics {
  /** To be used only where `issues` is empty. */
  readonly topics: StorageTopics
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

/** Reads `config.storage.*`, `offset.storage.*` and `status.storage.*` (contract §3.3). */
export function readStorageTopics(raw: Readonly<Record<string, string>>): ReadStorageTopics {
  const read = stores.map(store => readTopic(raw, store))
  const [config, offset, status] = read.map(({ topic }) => topic) as [StorageTopic, StorageTopic, StorageTopic]
  return {
    topics: { config, offset, status },
    issues: [...read.flatMap(({ issues }) => issues), ...sameNames({ config, offset, status })],
    warnings: read.flatMap(({ warnings }) => warnings),
  }
}

export const isStorageKey = (key: string): boolean => /^(config|offset|status)\.storage\./.test(key)

function storageFields(store: Store) {
  return {
    topic: field.string({
      doc: `The topic that holds the cluster's ${store}s.`,
      importance: 'high',
      check: name => {
        const problem = topicNameProblem(name)
        return problem && `The name ${problem}`
      },
    }),
    'replication.factor': field.short({
      doc: 'Copies of it, where the node makes it; -1: what the brokers take by default.',
      default: 3,
      check: positiveOrDefault('Replication factor'),
    }),
    ...(store !== 'config' && {
      partitions: field.int({
        doc: 'Partitions of it, where the node makes it; -1: what the brokers take by default.',
        default: partitions[store],
        check: positiveOrDefault('Number of partitions'),
      }),
    }),
  } as const satisfies ConfigFields
}

function positiveOrDefault(what: string) {
  return (value: number): string | undefined =>
    value === -1 || value >= 1 ? undefined : `${what} must be positive, or -1 to use the broker's default`
}

/** What stands under the prefix and is no setting of the topic. */
const notSettings: Readonly<Record<string, string>> = {
  'cleanup.policy': 'The topic is always compacted.',
  'file.filename': 'It belongs to standalone; offsets are kept in the topic.',
}

function readTopic(raw: Readonly<Record<string, string>>, store: Store) {
  const prefix = `${store}.storage.`
  const declared = storageFields(store)
  const { values, issues } = parseFields(declared, raw, prefix)
  const config: Record<string, string> = {}
  const warnings: ConfigIssue[] = []
  for (const [name, value] of Object.entries(subset(raw, prefix)) as [string, string][]) {
    if (Object.hasOwn(declared, name)) continue
    const why = name === 'partitions' ? 'The topic always has one partition.' : notSettings[name]
    if (why === undefined) config[name] = value
    else warnings.push({ key: prefix + name, message: why })
  }
  const topic: StorageTopic = {
    name: values.topic,
    partitions: values.partitions ?? partitions[store],
    replicationFactor: values['replication.factor'],
    config,
  }
  return { topic, issues, warnings }
}

/** Three folds of three formats: in one topic each would read the others' records. */
function sameNames(topics: StorageTopics): readonly ConfigIssue[] {
  return stores.flatMap((store, at) => {
    const first = stores.slice(0, at).find(other => topics[other].name === topics[store].name)
    if (first === undefined || topics[store].name === undefined) return []
    return [
      {
        key: `${store}.storage.topic`,
        message: `It is ${first}.storage.topic too.`,
        hint: 'Give each of the three a topic of its own.',
      },
    ]
  })
}
