import type { ListenerTls } from '../../core/api/listener-tls.js'
import type { RawConfig } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import type { ReadFile } from './access.js'

/** What only other parts of the node can say of a worker file; `Clients` is the kafka adapter's to know. */
export interface WorkerChecks<Clients> extends KafkaChecks<Clients>, ProcessChecks {
  /** What is wrong with the keys that connectors inherit. */
  readonly inherited: (worker: Readonly<Record<string, string>>) => readonly ConfigIssue[]
}

export interface ProcessChecks {
  readonly readFile: ReadFile
  /** How the https listeners encrypt whose keys have this prefix. */
  readonly listenerTls: (file: RawConfig, prefix: string, readFile: ReadFile) => ReadListenerTls
}

export interface ReadListenerTls {
  /** To be used only where `issues` is empty. */
  readonly tls: ListenerTls
  readonly issues: readonly ConfigIssue[]
  /** Whether it acts upon this key. */
  readonly isUsed: (key: string) => boolean
}

export interface KafkaChecks<Clients> {
  /** The Kafka clients that the file describes. */
  readonly clients: (file: Readonly<Record<string, string>>) => {
    readonly clients: Clients
    readonly issues: readonly ConfigIssue[]
    readonly warnings: readonly ConfigIssue[]
  }
  /** Whether `clients` acts upon this key. */
  readonly isClientKey: (key: string) => boolean
}

/** What a worker file says. */
export interface ReadWorkerFile<Settings> {
  /** To be used only where `issues` is empty. */
  readonly settings: Settings
  /** All of them, each with file, line and key (I10). */
  readonly issues: readonly ConfigIssue[]
  /** What is accepted and changes nothing here, or is likely not meant, and why. */
  readonly warnings: readonly ConfigIssue[]
}
