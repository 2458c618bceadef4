import { MillraceError } from '../core/error.js'

/** Bytes that are no valid record batch. `what` completes the sentence "This record batch is corrupt: …". */
export function corrupt(what: string, cause?: unknown): MillraceError {
  return new MillraceError('codec.batch_corrupt', `This record batch is corrupt: ${what}.`, { cause })
}

/** A batch that is, or would unpack to, more than `limit` bytes. */
export function tooLarge(limit: number): MillraceError {
  return new MillraceError('codec.batch_too_large', `This record batch holds more than ${limit} bytes.`, {
    hint: 'Write smaller batches.',
  })
}
