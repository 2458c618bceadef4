/** The data of Connect's REST API (org.apache.kafka.connect.runtime.rest.entities), in the order it is written. */

export type ConnectorType = 'source' | 'sink' | 'unknown'

/** What operators want of a connector. */
export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED'

/** What an instance reports of itself. */
export type InstanceState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING' | 'STOPPED'

export interface ServerInfo {
  readonly version: string
  readonly commit: string
  readonly kafka_cluster_id: string
}

export interface TaskRef {
  readonly connector: string
  readonly task: number
}

export interface TaskInfo {
  readonly id: TaskRef
  readonly config: Readonly<Record<string, string | null>>
}

export interface PluginInfo {
  readonly class: string
  readonly type: 'sink' | 'source' | 'transformation' | 'predicate' | 'converter' | 'header_converter'
  readonly version: string
}

export interface ConnectorInfo {
  readonly name: string
  readonly config: Readonly<Record<string, string | null>>
  readonly tasks: readonly TaskRef[]
  readonly type: ConnectorType
}

export interface InstanceStatus {
  readonly state: InstanceState
  readonly worker_id: string
  /** Only where there is one. */
  readonly trace?: string
  /** Of the plugin; null where it could not be known. */
  readonly version?: string | null
}

export interface TaskStatus extends InstanceStatus {
  readonly id: number
}

export interface ConnectorStateInfo {
  readonly name: string
  readonly connector: InstanceStatus
  /** By id. */
  readonly tasks: readonly TaskStatus[]
  readonly type: ConnectorType
}

export interface ErrorBody {
  readonly error_code: number
  readonly message: string | null
}
