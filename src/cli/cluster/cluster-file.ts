import { parseFields } from '../../core/config/parse.js'
import { isProviderKey, providerSettings } from '../../core/config/provider-settings.js'
import type { ConfigIssue } from '../../core/error.js'
import { locateIssues, type Properties } from '../../core/properties/parse.js'
import { readProcess, type ProcessSettings } from '../worker/process-fields.js'
import type { ReadWorkerFile, WorkerChecks } from '../worker/worker-checks.js'
import { clientTuning, refusals, unusedKey, type UnusedKeys } from '../worker/worker-keys.js'
import { clusterFields, membershipOf, timerIssues, type Membership } from './cluster-fields.js'
import { isStorageKey, readStorageTopics, type StorageTopics } from './storage-topics.js'

/** What a worker file of Connect's distributed mode says. */
export interface ClusterSettings<Clients> extends ProcessSettings, Membership {
  readonly topics: StorageTopics
  readonly kafka: Clients
  /** What connectors inherit: converters, client settings, offset commits, `group.id`, exactly once. */
  readonly worker: Readonly<Record<string, string>>
}

const unusedHere: UnusedKeys = [
  [/^inter\.worker\./, 'No node calls another, so there is nothing to sign.'],
  [/^worker\.unsync\.backoff\.ms$/, 'A node that is behind goes on reading and never backs off.'],
  ...clientTuning,
]

/** Connectors are told of these as well; the pipeline reads them. */
const alsoInherited = ['group.id', 'exactly.once.source.support']

/** On every address, as Connect (design §5). */
const standing = { host: '0.0.0.0', port: 8083 }

/** Reads the keys of contract §3.1 and §3.3 by the timers of cluster protocol §10. */
export function parseClusterFile<Clients>(
  properties: Properties,
  file: string,
  checks: WorkerChecks<Clients>,
): ReadWorkerFile<ClusterSettings<Clients>> {
  const { values: raw } = properties
  const { values, issues } = parseFields(clusterFields, raw)
  const providers = providerSettings(raw)
  const storage = readStorageTopics(raw)
  const kafka = checks.clients(raw)
  const process = readProcess(raw, values, standing, checks)
  const unused: ConfigIssue[] = []
  const worker: Record<string, string> = {}
  for (const [key, value] of Object.entries(raw)) {
    if (alsoInherited.includes(key)) worker[key] = value
    if (Object.hasOwn(clusterFields, key) || isStorageKey(key)) continue
    if (checks.isClientKey(key) || isProviderKey(key) || process.isTlsKey(key)) continue
    const why = unusedKey(key, unusedHere)
    if (why === undefined) worker[key] = value
    else if (refusals(key, value) === undefined) unused.push({ key, message: why })
  }
  const membership = membershipOf(values)
  const located = (found: readonly ConfigIssue[]): readonly ConfigIssue[] => locateIssues(found, file, properties.lines)
  const refused = Object.entries(raw).flatMap(([key, value]) => refusals(key, value) ?? [])
  // `worker` has two keys that are read here too; what is wrong with them is told once.
  const inherited = checks.inherited(worker).filter(({ key }) => !alsoInherited.includes(key))
  return {
    issues: located([
      ...properties.issues,
      ...refused,
      ...providers.issues,
      ...issues,
      ...process.issues,
      ...timerIssues(membership),
      ...storage.issues,
      ...kafka.issues,
      ...inherited,
    ]),
    warnings: located([
      ...providers.warnings,
      ...process.warnings,
      ...unused,
      ...storage.warnings,
      ...kafka.warnings.filter(({ key }) => !process.isTlsKey(key)),
    ]),
    settings: {
      ...process.settings,
      providers: providers.providers,
      ...membership,
      topics: storage.topics,
      kafka: kafka.clients,
      worker,
    },
  }
}
