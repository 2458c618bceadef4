import type { ErrorBody } from './connectors.js'

/** How paths of Millrace's own refuse: as Connect's do, and in data what a form or a script goes by. */
export interface MillraceErrorBody extends ErrorBody {
  /** Stable (`src/core/error-codes.ts`). */
  readonly code: string
  /** The key of a configuration. */
  readonly path?: string
  readonly fix?: string
  /** Every error of a configuration. */
  readonly details?: readonly ErrorDetails[]
}

export interface ErrorDetails {
  readonly path: string
  readonly message: string
  readonly fix?: string
}
