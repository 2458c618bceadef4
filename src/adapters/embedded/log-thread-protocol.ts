import type { LogLevel } from '../../ports/logger.js'
import type { Port, WireError } from './protocol.js'

/** What the owner of the log thread and its root say to each other over the thread's own port. */

export type ToLogThread<P = Port> =
  /** First: open this directory as this holder (`releaseDirectory`). */
  | { readonly type: 'open'; readonly dataDirectory: string; readonly lockToken: string }
  /** A client's port, transferred. */
  | { readonly type: 'client'; readonly port: P }
  | { readonly type: 'close' }

export type FromLogThread =
  | { readonly type: 'ready' }
  /** It could not be opened; the thread ends. */
  | { readonly type: 'failed'; readonly error: WireError }
  /** The log must not go on; the thread ends. */
  | { readonly type: 'fatal'; readonly error: WireError }
  | { readonly type: 'closed' }
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
