import { Worker, type MessagePort } from 'node:worker_threads'
import type { OpenLogs } from '../actors/log.js'
import { connectLog, startLogThread } from './adapters/embedded/index.js'
import type * as Kafka from './adapters/kafka/index.js'
import type { KafkaDependencies, KafkaLogClient, KafkaSettings } from './adapters/kafka/index.js'
import { nodeClock } from './adapters/node/clock.js'
import type { LogClient } from './ports/log.js'
import type { Logger } from './ports/logger.js'

/** A third of what a node loads: only where there is a Kafka. */
const loadKafka = (): Promise<typeof Kafka> => import('./adapters/kafka/index.js')

/** Where a node keeps records, and what is its own: its configurations, source offsets and statuses. */
export type NodeLogsOptions =
  | { readonly kind: 'embedded'; readonly directory: string }
  /** Records on Kafka, the node's own in a directory. */
  | { readonly kind: 'mixed'; readonly directory: string; readonly records: KafkaSettings }
  | { readonly kind: 'kafka'; readonly own: KafkaSettings; readonly records: KafkaSettings }

/** How a task thread reaches the same. */
export type LogAccess =
  | { readonly kind: 'embedded'; readonly port: MessagePort }
  | { readonly kind: 'mixed'; readonly port: MessagePort; readonly records: KafkaSettings }
  | { readonly kind: 'kafka'; readonly own: KafkaSettings; readonly records: KafkaSettings }

/** Which Kafka cluster the records are on, as `GET /` shows it. Fails as the log does. */
interface ClusterIdentity {
  clusterId(): Promise<string>
}

interface Clients {
  readonly records: LogClient
  readonly state: LogClient
}

/** Fails as the logs do: `log.locked`, `log.directory_corrupt`, `log.unreachable`, `log.unauthenticated`, … */
export async function openNodeLogs(options: NodeLogsOptions, logger: Logger): Promise<OpenLogs & ClusterIdentity> {
  if (options.kind === 'kafka') return openKafkaLogs(options, logger)
  const kafkaModule = options.kind === 'mixed' ? await loadKafka() : undefined
  const worker = new Worker(new URL('./log-thread.js', import.meta.url), { name: 'log' })
  const thread = await startLogThread(worker, { dataDirectory: options.directory, logger })
  const state = connectLog(thread.openPort(), { clock: nodeClock })
  const kafka =
    options.kind === 'mixed' ? kafkaModule?.connectKafka(options.records, { clock: nodeClock, logger }) : undefined
  const records = kafka ?? state
  return {
    records,
    state,
    clusterId: async () => (kafka === undefined ? 'embedded' : kafka.clusterId()),
    connect: () => {
      const port = thread.openPort()
      const access: LogAccess =
        options.kind === 'mixed' ? { kind: 'mixed', port, records: options.records } : { kind: 'embedded', port }
      return { data: access, transfer: [port] }
    },
    lost: thread.failed.catch((error: unknown) => error),
    async close() {
      await closeAll({ records, state })
      await thread.close()
    },
  }
}

async function openKafkaLogs(
  options: Extract<NodeLogsOptions, { kind: 'kafka' }>,
  logger: Logger,
): Promise<OpenLogs & ClusterIdentity> {
  const clients = await kafkaClients(options, { clock: nodeClock, logger })
  return {
    ...clients,
    clusterId: () => clients.records.clusterId(),
    connect: () => ({ data: options satisfies LogAccess, transfer: [] }),
    // A client connects again by itself, for as long as it takes.
    lost: new Promise(() => undefined),
    close: () => closeAll(clients),
  }
}

/** In a task thread. */
export async function accessLogs(access: LogAccess, logger: Logger): Promise<Clients> {
  const dependencies: KafkaDependencies = { clock: nodeClock, logger }
  switch (access.kind) {
    case 'embedded': {
      const client = connectLog(access.port, { clock: nodeClock })
      return { records: client, state: client }
    }
    case 'mixed':
      return {
        records: (await loadKafka()).connectKafka(access.records, dependencies),
        state: connectLog(access.port, { clock: nodeClock }),
      }
    case 'kafka':
      return kafkaClients(access, dependencies)
  }
}

/** One client where both are reached in the same way. */
async function kafkaClients(
  { own, records }: { readonly own: KafkaSettings; readonly records: KafkaSettings },
  dependencies: KafkaDependencies,
): Promise<{ readonly records: KafkaLogClient; readonly state: KafkaLogClient }> {
  const { connectKafka } = await loadKafka()
  const state = connectKafka(own, dependencies)
  const isSame = JSON.stringify(own) === JSON.stringify(records)
  return { state, records: isSame ? state : connectKafka(records, dependencies) }
}

async function closeAll({ records, state }: Clients): Promise<void> {
  await Promise.all([records.close(), ...(records === state ? [] : [state.close()])])
}
