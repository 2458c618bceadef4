import type { HostingLimits } from './actor/hosting/index.js'
import type { WorkerClients } from './adapters/kafka/worker-clients.js'
import type { HiddenValue } from './core/config/hidden.js'
import type { ProviderSettings } from './core/config/provider-settings.js'
import type { HttpSettings } from './core/api/http-settings.js'
import type { ListenerTls } from './core/api/listener-tls.js'
import type { User } from './core/api/users.js'
import type { OffsetImport } from './import-offsets.js'
import type { ClusterOptions } from './node-cluster.js'

export interface Listen {
  readonly host: string
  readonly port: number
  /** Present: it is https. */
  readonly tls?: ListenerTls
}

/** A node that is alone. */
export interface NodeAlone {
  /** Where the node keeps everything, or with `kafka` all but records; made where it is missing. One process at a time. */
  readonly dataDirectory: string
  /** Where records are, in place of the embedded log. */
  readonly kafka?: WorkerClients
  readonly cluster?: undefined
}

/** A member of a cluster. It keeps nothing itself. */
export interface ClusterNode {
  readonly dataDirectory?: undefined
  readonly kafka: WorkerClients
  readonly cluster: ClusterOptions
}

export type NodeOptions = CommonOptions & (NodeAlone | ClusterNode)

export interface CommonOptions {
  /** Where the REST API listens (port 0: any free one). Absent: it does not. The first of several is the node's address. */
  readonly listen?: Listen | readonly Listen[]
  /** Where the administration endpoints listen instead (`admin.listeners`); none: nowhere. */
  readonly adminListen?: readonly Listen[]
  /** Where the REST API listens as well, for reading only (`listeners.readonly`). */
  readonly readonlyListen?: readonly Listen[]
  /** What answers of the REST API carry: headers, and who may call it from pages of other origins. */
  readonly http?: HttpSettings
  /** Who may use the REST API; everybody has to log in then, on every listener. Default: nobody has to. */
  readonly users?: readonly User[]
  /** What of that address others see, in the worker id (`rest.advertised.*`). */
  readonly advertised?: Partial<Listen>
  /** How long tasks may take to finish what they have begun when they stop, ms. Default: 5 s. */
  readonly gracefulMs?: number
  /** Offsets of Kafka Connect's standalone mode, taken over once before anything runs. */
  readonly importOffsets?: OffsetImport
  /** Keys of Connect's worker configuration; on the embedded log over the defaults of a node there. */
  readonly worker?: Readonly<Record<string, string>>
  /** Configuration providers, for the variables of connectors (`config.providers`). */
  readonly providers?: readonly ProviderSettings[]
  /** What of the options is a secret that came from outside of a file, and is not to be told (I8). */
  readonly hidden?: readonly HiddenValue[]
  /** Plugin modules besides those that are found by themselves. */
  readonly plugins?: readonly URL[]
  /** Where the log lines go: a file, or a file descriptor. Default: standard error. */
  readonly log?: string | number
  /** Task threads. Default: one for each processor that the process may use. */
  readonly threads?: number
  /** Thresholds of the task threads. */
  readonly limits?: Partial<HostingLimits>
}
