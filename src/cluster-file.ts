import type { WorkerClients } from './adapters/kafka/worker-clients.js'
import { parseClusterFile, type ClusterSettings } from './cli/cluster/cluster-file.js'
import { ConfigError, type ConfigIssue } from './core/error.js'
import { parseProperties } from './core/properties/parse.js'
import { startNode, type Node } from './embed.js'
import { processOptions, workerKeys } from './process-options.js'
import { readText } from './read-text.js'
import { workerChecks } from './worker-checks.js'
import { resolveWorkerFile, type ResolvedFile } from './worker-variables.js'

export interface ClusterFile {
  readonly settings: ClusterSettings<WorkerClients>
  readonly warnings: readonly ConfigIssue[]
  readonly variables: Pick<ResolvedFile, 'hidden' | 'hide'>
}

/** Starts the node that the file describes. Logs go to standard output, one JSON object a line. */
export function startCluster({ settings, variables }: ClusterFile): Promise<Node> {
  return startNode({
    ...processOptions(settings, variables.hidden),
    kafka: settings.kafka,
    cluster: {
      group: settings.group,
      ...(settings.node !== undefined && { node: settings.node }),
      ...(settings.expectedNodes !== undefined && { expectedNodes: settings.expectedNodes }),
      timers: settings.timers,
      holdMaxMs: settings.holdMaxMs,
      protocol: settings.protocol,
      topics: settings.topics,
    },
    worker: workerKeys(settings),
  })
}

/** Reads the file that `cluster` was given; fails with `config.invalid` and all that is wrong with it (I10). */
export async function readClusterFile(file: string): Promise<ClusterFile> {
  const text = await readText(file)
  if (typeof text !== 'string') throw new ConfigError([text])
  const variables = await resolveWorkerFile(parseProperties(text), file)
  const { settings, issues, warnings } = variables.withIssues(
    parseClusterFile(variables.properties, file, workerChecks),
  )
  if (issues.length > 0) throw new ConfigError(issues)
  return { settings, warnings, variables }
}
