import type { Epoch } from '../core/epoch.js'
import { MillraceError } from '../core/error.js'

/** The broker takes 4,096 bytes of metadata; the rest is for the envelope, and for what JSON escapes. */
const maxNoteBytes = 3_500
const maxMetadataBytes = 4_000

/**
 * A plugin's note as a commit's metadata: `{"n": note}`; a commit without one has none, as Connect's. With peers also
 * under which grant it was made, `{"e": [term, offset], "n": note}`, for whoever asks who committed last.
 * Fails with `pipeline.note_too_long`.
 */
export function encodeNote(note: string, epoch?: Epoch): string {
  const grant = epoch && { e: [epoch.term, epoch.offset] }
  const metadata = note === '' && !grant ? '' : JSON.stringify({ ...grant, ...(note !== '' && { n: note }) })
  if (Buffer.byteLength(note) > maxNoteBytes || Buffer.byteLength(metadata) > maxMetadataBytes)
    throw new MillraceError('pipeline.note_too_long', `A note has more than ${maxNoteBytes} bytes.`, {
      stage: 'TASK_FLUSH',
    })
  return metadata
}

/** Empty for metadata that is none of ours: Java's tasks may have left theirs. */
export function decodeNote(metadata: string): string {
  try {
    const { n } = (JSON.parse(metadata) ?? {}) as { n?: unknown }
    return typeof n === 'string' ? n : ''
  } catch {
    return ''
  }
}
