import type { Stage } from './stage.js'

/** What the runtime does with a failure: try again, set one record aside, or fail the task. */
export type Disposition = 'retry' | 'reject' | 'fatal'

export interface ErrorDetails {
  /** What to do about it, as one imperative sentence. */
  readonly hint?: string
  /** The configuration key it concerns. */
  readonly key?: string
  /** The file it concerns, and the line within it (from 1). */
  readonly file?: string
  readonly line?: number
  readonly stage?: Stage
  readonly disposition?: Disposition
  /** For `retry`: the least time to wait, in milliseconds. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * An error that people and programs may rely on: `code` is stable (`area.what_happened`), `message` one sentence.
 * Codes of the runtime stand in `error-codes.ts`; plugins bring their own.
 * Compare by `code`, never by class: an error that crossed a thread is rebuilt from its fields (`actor/hosting/wire.ts`).
 */
export class MillraceError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly key: string | undefined
  readonly file: string | undefined
  readonly line: number | undefined
  readonly stage: Stage | undefined
  readonly disposition: Disposition
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'MillraceError'
    this.code = code
    this.hint = details.hint
    this.key = details.key
    this.file = details.file
    this.line = details.line
    this.stage = details.stage
    this.disposition = details.disposition ?? 'fatal'
    this.retryAfterMs = details.retryAfterMs
  }
}

/** One thing wrong with a configuration. `key` is the configuration key. */
export interface ConfigIssue {
  readonly key: string
  readonly message: string
  readonly hint?: string
  readonly file?: string
  readonly line?: number
}

/** A configuration was refused; it carries every error at once (I10). */
export class ConfigError extends MillraceError {
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super('config.invalid', issues.map(issue => `${issue.key}: ${issue.message}`).join('\n'), {
      hint: 'Correct the named keys.',
    })
    this.name = 'ConfigError'
    this.issues = issues
  }
}

/** The stable code of any error: its own, Node's (`ENOENT`), or `internal`. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'internal'
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * What the runtime does with whatever was thrown. Anything that does not say so itself is fatal for its task.
 * Read from the field, not the class, so that it holds for errors of another copy of this module.
 */
export function dispositionOf(error: unknown): Disposition {
  const disposition = (error as { disposition?: unknown } | null | undefined)?.disposition
  return disposition === 'retry' || disposition === 'reject' ? disposition : 'fatal'
}
