import { Cluster } from '../../../src/adapters/kafka/cluster.js'
import type { ConnectionSettings } from '../../../src/adapters/kafka/connection.js'
import type { KafkaDependencies } from '../../../src/adapters/kafka/log-client.js'

export interface ProbeResult {
  readonly clusterId: string
  /** Brokers that take part now. */
  readonly brokers: number
}

/**
 * Asks each broker of `bootstrap.servers` once until one answers, and waits for none: what a first connection comes to.
 * Fails with `log.unreachable` (all addresses named), `log.unauthenticated`,
 * `log.tls_failed`, `log.broker_unsupported`.
 */
export async function probeKafka(settings: ConnectionSettings, dependencies: KafkaDependencies): Promise<ProbeResult> {
  const cluster = new Cluster(settings, dependencies)
  try {
    await cluster.refresh([])
    return { clusterId: cluster.clusterId ?? '', brokers: cluster.nodes.length }
  } finally {
    await cluster.close()
  }
}
