import { dispositionOf, errorCode, errorMessage, MillraceError } from '../../core/error.js'
import type { WireError } from './protocol.js'

export function toWire(error: unknown): WireError {
  const fields = error as Partial<MillraceError> | null | undefined
  const cause = fields?.cause
  return {
    code: errorCode(error),
    message: errorMessage(error),
    disposition: dispositionOf(error),
    ...(typeof fields?.hint === 'string' && { hint: fields.hint }),
    ...(typeof fields?.file === 'string' && { file: fields.file }),
    ...(typeof fields?.retryAfterMs === 'number' && { retryAfterMs: fields.retryAfterMs }),
    ...(cause !== undefined && cause !== null && { cause: toWire(cause) }),
  }
}

export function fromWire(error: WireError): MillraceError {
  const { code, message, cause, ...details } = error
  return new MillraceError(code, message, cause === undefined ? details : { ...details, cause: fromWire(cause) })
}
