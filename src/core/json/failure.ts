import { MillraceError } from '../error.js'

/** A value that does not fit its schema, or has no form in JSON. The record is at fault, not the task. */
export function invalidValue(message: string): MillraceError {
  return new MillraceError('data.value_invalid', message, { disposition: 'reject' })
}

/** A schema, or a schema's JSON, that is not one. */
export function invalidSchema(message: string): MillraceError {
  return new MillraceError('data.schema_invalid', message, { disposition: 'reject' })
}
