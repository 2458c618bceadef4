import { field, type ConfigFields } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import { isProviderKey, providerSettings } from '../../core/config/provider-settings.js'
import type { ConfigIssue } from '../../core/error.js'
import { locateIssues, type Properties } from '../../core/properties/parse.js'
import { processFields, readProcess, type ProcessSettings } from '../worker/process-fields.js'
import type { ReadWorkerFile, WorkerChecks } from '../worker/worker-checks.js'
import { clientTuning, refusals, unusedKey, type UnusedKeys } from '../worker/worker-keys.js'

const standaloneFields = {
  ...processFields,
  'offset.storage.file.filename': field.string({
    doc: 'F: the node keeps everything in the directory F.millrace; an offset file of Kafka Connect at F is imported once.',
    importance: 'high',
    nonEmpty: true,
  }),
} as const satisfies ConfigFields

/** What a worker file of Connect's standalone mode says. */
export interface StandaloneSettings<Clients> extends ProcessSettings {
  /** Where Kafka Connect would keep its offsets. */
  readonly offsetFile: string
  /** Where the node keeps everything (design §4); with `kafka` all but the records. */
  readonly dataDirectory: string
  /** Where `bootstrap.servers` is set: the clients for the records of connectors. */
  readonly kafka?: Clients
  /** What connectors inherit: converters, client settings, offset commits. */
  readonly worker: Readonly<Record<string, string>>
}

const distributedOnly: UnusedKeys = [
  [
    /^(group\.id|exactly\.once\.source\.support|connect\.protocol|scheduled\.rebalance\..*|(config|offset|status)\.storage\..*|inter\.worker\..*|(session|rebalance)\.timeout\.ms|heartbeat\.interval\.ms|worker\.(un)?sync\..*|node\.name|cluster\..*)$/,
    'It belongs to the distributed mode.',
  ],
]

const withoutKafka: UnusedKeys = [
  ...distributedOnly,
  [/^(admin\.)?ssl\./, 'No listener acts upon it, and there is no connection to Kafka.'],
  [
    /^(client\.|security\.|sasl\.|request\.timeout|metadata\.|retry\.|reconnect\.|connections\.|send\.buffer|receive\.buffer|socket\.connection)/,
    'It is about the connection to Kafka, and there is none.',
  ],
]
const withKafka: UnusedKeys = [...distributedOnly, ...clientTuning]

/** Only on this machine, unless the file says otherwise (design §5). */
const standing = { host: 'localhost', port: 8083 }

/** With `bootstrap.servers` records are on Kafka; without it on the embedded log, and no key is about a connection. */
export function readWorkerFile<Clients>(
  properties: Properties,
  file: string,
  checks: WorkerChecks<Clients>,
): ReadWorkerFile<StandaloneSettings<Clients>> {
  const { values: raw } = properties
  const { values, issues } = parseFields(standaloneFields, raw)
  const providers = providerSettings(raw)
  const wanted = Object.hasOwn(raw, 'bootstrap.servers') ? checks : undefined
  const clients = wanted?.clients(raw)
  const unusedHere = wanted === undefined ? withoutKafka : withKafka
  const process = readProcess(raw, values, standing, checks)
  const warnings: ConfigIssue[] = [
    ...providers.warnings,
    ...process.warnings,
    ...(clients?.warnings ?? []).filter(({ key }) => !process.isTlsKey(key)),
  ]
  const worker: Record<string, string> = {}
  for (const [key, value] of Object.entries(raw)) {
    if (Object.hasOwn(standaloneFields, key) || wanted?.isClientKey(key) || isProviderKey(key) || process.isTlsKey(key))
      continue
    const why = unusedKey(key, unusedHere)
    if (why === undefined) worker[key] = value
    else if (refusals(key, value) === undefined) warnings.push({ key, message: why })
  }
  const located = (found: readonly ConfigIssue[]): readonly ConfigIssue[] => locateIssues(found, file, properties.lines)
  const refused = Object.entries(raw).flatMap(([key, value]) => refusals(key, value) ?? [])
  return {
    issues: located([
      ...properties.issues,
      ...refused,
      ...providers.issues,
      ...issues,
      ...process.issues,
      ...(clients?.issues ?? []),
      ...checks.inherited(worker),
    ]),
    warnings: located(warnings),
    settings: {
      ...process.settings,
      providers: providers.providers,
      offsetFile: values['offset.storage.file.filename'],
      dataDirectory: `${values['offset.storage.file.filename']}.millrace`,
      ...(clients && { kafka: clients.clients }),
      worker,
    },
  }
}
