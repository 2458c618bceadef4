import type { Reply } from '../../src/actor/ref.js'
import type { ClusterRecord } from '../../src/cluster/events.js'
import type { OwnTask } from '../../src/cluster/self.js'
import type { ClusterState } from '../../src/cluster/state.js'
import type { Epoch } from '../../src/core/epoch.js'
import type { TaskId } from '../../src/core/offset.js'
import type { ConfigAnswer, ClusterCommand } from '../config-command.js'
import type { CoordinatorMessage } from '../coordinator.js'
import type { CommandOutcome } from './leader-desk.js'

export type ClusterMessage =
  | CoordinatorMessage
  /** Read from the coordination topic, in order; nothing new where empty. */
  | { readonly type: 'records'; readonly records: readonly ClusterRecord[] }
  /** A first state, or a new one; what is below `end` is still to be folded. */
  | { readonly type: 'loaded'; readonly state: ClusterState; readonly end: number }
  /** The position to read from is not in the log any more. */
  | { readonly type: 'expired' }
  /** What was read last is not in the log any more. */
  | { readonly type: 'suffix-lost' }
  /** What a task writes is ignored (R25). */
  | { readonly type: 'fenced'; readonly id: TaskId; readonly epoch: Epoch }
  | { readonly type: 'tick' }
  /** R26: time to write over what readers ignore. */
  | { readonly type: 'repair' }
  /** Time to look whether there is something to warn of. */
  | { readonly type: 'look' }
  | { readonly type: 'request'; readonly command: ClusterCommand; readonly reply: Reply<ConfigAnswer> }
  /** A task that was to be stopped has ended. */
  | { readonly type: 'ended'; readonly task: OwnTask }
  /** As leader: the config topic is this term's, and read to its end. */
  | { readonly type: 'config-fenced'; readonly term: number }
  /** As leader of this term it cannot write the config topic. */
  | { readonly type: 'takeover-failed'; readonly term: number }
  | { readonly type: 'set-fenced'; readonly connector: string; readonly generation: number }
  | { readonly type: 'carried-out'; readonly outcome: CommandOutcome }
  /** Whether a task still is this node's, by a beat that was sent after the question. */
  | { readonly type: 'confirm'; readonly id: TaskId; readonly epoch: Epoch; readonly reply: Reply<boolean> }
