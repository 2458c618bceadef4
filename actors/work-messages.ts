import type { Reply } from '../src/actor/ref.js'
import type { ConnectorWork, Work } from './work.js'

/** What comes through the coordinator, so that all configurations before it are known by then. */
export type AskedWorkMessage =
  /** Restarts children, each with a fresh budget. Replies how many lives had begun before (`WorkStarts`). */
  | {
      readonly type: 'restart'
      readonly ids: readonly string[]
      /** Without a word in the status. */
      readonly quietly: boolean
      readonly reply: Reply<number>
    }
  /** Replies when nothing of the connector runs and its status is gone, where it does not come back. */
  | { readonly type: 'when-gone'; readonly connector: string; readonly reply: Reply<void> }
  /** Replies when the life that now runs under this id has ended, or at once where none does. */
  | { readonly type: 'when-ended'; readonly id: string; readonly reply: Reply<void> }
  | { readonly type: 'ping'; readonly reply: Reply<void> }

export type WorkMessage =
  /** What is to run of these connectors from now on. */
  | { readonly type: 'assigned'; readonly works: ReadonlyMap<string, ConnectorWork> }
  /** A child that was told to stop is gone. */
  | { readonly type: 'gone'; readonly work: Work }
  /** So is its status. */
  | { readonly type: 'forgotten'; readonly work: Work }
  /** Time to look whether the tasks move. */
  | { readonly type: 'look' }
  | AskedWorkMessage
