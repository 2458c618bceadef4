import { join } from 'node:path'
import type { WorkerClients } from './adapters/kafka/worker-clients.js'
import { readConnectorFile, type ConnectorFile } from './cli/standalone/connector-file.js'
import { readWorkerFile, type StandaloneSettings } from './cli/standalone/worker-file.js'
import type { ReadWorkerFile } from './cli/worker/worker-checks.js'
import { ConfigError, errorCode, errorMessage, type ConfigIssue } from './core/error.js'
import { locateIssues, parseProperties } from './core/properties/parse.js'
import { startNode, type Node } from './embed.js'
import { processOptions, workerKeys } from './process-options.js'
import { readText } from './read-text.js'
import { workerChecks } from './worker-checks.js'
import { resolveWorkerFile, type ResolvedFile } from './worker-variables.js'

interface NamedConnector extends ConnectorFile {
  readonly file: string
}

export interface StandaloneFiles {
  readonly settings: StandaloneSettings<WorkerClients>
  readonly connectors: readonly NamedConnector[]
  readonly warnings: readonly ConfigIssue[]
  readonly variables: Pick<ResolvedFile, 'hidden' | 'hide'>
}

/** Reads every file that `standalone` was given; fails with `config.invalid` and all that is wrong in any of them (I10). */
export async function readStandaloneFiles(worker: string, connectors: readonly string[]): Promise<StandaloneFiles> {
  const issues: ConfigIssue[] = []
  const workerText = await readText(worker)
  let found: ReadWorkerFile<StandaloneSettings<WorkerClients>> | undefined
  let variables: ResolvedFile | undefined
  if (typeof workerText !== 'string') issues.push(workerText)
  else {
    variables = await resolveWorkerFile(parseProperties(workerText), worker)
    found = variables.withIssues(readWorkerFile(variables.properties, worker, workerChecks))
    issues.push(...found.issues)
  }
  const named: NamedConnector[] = []
  for (const file of connectors) {
    const text = await readText(file)
    const answer = typeof text === 'string' ? readConnectorFile(text) : { issues: [text] }
    if (answer.issues) issues.push(...answer.issues.map(issue => ({ ...issue, file })))
    else named.push({ ...answer.connector, file })
  }
  if (found === undefined || variables === undefined || issues.length > 0) throw new ConfigError(issues)
  return { settings: found.settings, connectors: named, warnings: found.warnings, variables }
}

/** Starts the node that the files describe. Logs go to standard output, one JSON object a line. */
export function startStandalone({ settings, variables }: StandaloneFiles): Promise<Node> {
  return startNode({
    ...processOptions(settings, variables.hidden),
    dataDirectory: settings.dataDirectory,
    ...(settings.kafka && { kafka: settings.kafka }),
    importOffsets: { from: settings.offsetFile, marker: join(settings.dataDirectory, 'imported-offsets.json') },
    worker: workerKeys(settings),
  })
}

/**
 * Puts the connectors of the files, over stored ones of the same name. All are checked before the first is stored; fails
 * with `config.invalid` and everything that is wrong with any of them (I10).
 */
export async function putConnectors(node: Node, connectors: readonly NamedConnector[]): Promise<void> {
  await collectIssues(connectors, async ({ name, config }) => {
    const { configs } = await node.herder.validate(config['connector.class'] ?? '', { ...config, name })
    return configs.flatMap(({ value }) => value.errors.map(message => ({ key: value.name, message })))
  })
  await collectIssues(connectors, async ({ name, config, initialState }) => {
    await node.herder.putConnector(name, config, { create: false, ...(initialState && { initialState }) })
    return []
  })
}

/** Does the same for each connector, then fails with all that was wrong, each with its file and line. */
async function collectIssues(
  connectors: readonly NamedConnector[],
  find: (connector: NamedConnector) => Promise<readonly ConfigIssue[]>,
): Promise<void> {
  const issues: ConfigIssue[] = []
  for (const connector of connectors) {
    const found = await find(connector).catch((error: unknown) => issuesOf(error))
    issues.push(...locateIssues(found, connector.file, connector.lines))
  }
  if (issues.length > 0) throw new ConfigError(issues)
}

function issuesOf(error: unknown): readonly ConfigIssue[] {
  const { issues } = error as { readonly issues?: readonly ConfigIssue[] }
  const key = errorCode(error) === 'plugin.unknown' ? 'connector.class' : 'name'
  return issues ?? [{ key, message: errorMessage(error) }]
}
