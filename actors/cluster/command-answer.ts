import { packBody, unpackBody } from '../../src/cluster/packing.js'
import { MillraceError, errorCode, errorMessage } from '../../src/core/error.js'
import type { ConfigAnswer } from '../config-command.js'

interface PackedFailure {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly key?: string
}

/** What the leader answers a command with, as the body of its reply. */
export function packAnswer(value: ConfigAnswer): Uint8Array {
  return packBody({ value })
}

export function packFailure(error: unknown): Uint8Array {
  const { hint, key } = error as { readonly hint?: string; readonly key?: string }
  const failure: PackedFailure = {
    code: errorCode(error),
    message: errorMessage(error),
    ...(hint !== undefined && { hint }),
    ...(key !== undefined && { key }),
  }
  return packBody({ failure })
}

export function readAnswer(body: Uint8Array): { readonly value: ConfigAnswer } | { readonly failure: MillraceError } {
  const read = unpackBody(body) as { readonly value: ConfigAnswer } | { readonly failure: PackedFailure }
  if ('value' in read) return read
  const { code, message, ...details } = read.failure
  return { failure: new MillraceError(code, message, details) }
}
