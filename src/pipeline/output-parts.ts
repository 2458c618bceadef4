import type { MillraceError } from '../core/error.js'
import type { AppendedNews } from './appended-news.js'
import type { LeaseGate } from './lease-gate.js'
import type { LoopControl } from './loop-control.js'
import type { CommitNotifier } from './offset-committer.js'
import type { SourceLagSense } from './source-lag.js'

/** What the far half of a source task is given by its loop. */
export interface OutputParts {
  readonly control: LoopControl
  readonly gate: LeaseGate
  readonly notifier: CommitNotifier
  readonly appended: AppendedNews
  /** The source's own marks end units, not their size. */
  readonly marked: boolean
  readonly lagSense: SourceLagSense
  /** An append failed for good. */
  readonly onFailed: (error: MillraceError) => void
}
