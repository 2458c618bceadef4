import type { FileMark } from './file-mark.js'

/** Below this many bytes a checksum alone does not say that a file is the same. */
const tellingBytes = 64

/** What was committed for a file. Without a mark (Connect wrote it, or an operator) the position is believed. */
export interface CommittedPosition {
  readonly position: number
  readonly mark?: FileMark | undefined
}

/** A file found under the name, and whether it has the bytes that the committed mark names. */
export interface FoundFile {
  readonly id: string
  readonly size: number
  readonly hasMarkedBytes: boolean
}

export type StartingPoint =
  | { readonly at: number; readonly why: 'new' | 'resumed' }
  /** The file is the one that was read, or may be, but it is shorter now. */
  | { readonly at: 0; readonly why: 'truncated' }
  /** Another file has the name now; the one that was read may have been renamed. */
  | { readonly at: 0; readonly why: 'replaced' }

/** Where to begin in the file that has the name now. */
export function startingPoint(committed: CommittedPosition | undefined, file: FoundFile): StartingPoint {
  if (!committed) return { at: 0, why: 'new' }
  const { position, mark } = committed
  if (mark && !isSame(mark, file)) return { at: 0, why: file.id === mark.id ? 'truncated' : 'replaced' }
  return position <= file.size ? { at: position, why: 'resumed' } : { at: 0, why: 'truncated' }
}

/** The same content under another identity was copied or restored, and goes on; unless it is too short to tell. */
function isSame(mark: FileMark, file: FoundFile): boolean {
  return file.hasMarkedBytes && (file.id === mark.id || mark.end >= tellingBytes)
}

/** What is seen of a file at its end. */
export interface EndOfFile {
  /** How far the file was read. */
  readonly readTo: number
  readonly size: number
  /** It was written to since it was last looked at. */
  readonly modified: boolean
  /** Another file has its name now. */
  readonly rotated: boolean
  /** For how long nothing came since it was rotated, ms. */
  readonly quietMs: number
}

export type NextStep =
  /** Wait for more. */
  | 'wait'
  /** See whether what was read still stands there, then read on or wait. */
  | 'verify'
  /** It was cut: begin again at 0. */
  | 'restart'
  /** It will not grow any more: go to the file that has its name now. */
  | 'finish'

/** After a rotation a writer may go on with the old file until it reopens: it must be quiet for so long. */
export const rotationGraceMs = 1_000

export function nextStep(seen: EndOfFile): NextStep {
  if (seen.size < seen.readTo) return seen.rotated ? 'finish' : 'restart'
  if (seen.size > seen.readTo || seen.modified) return 'verify'
  return seen.rotated && seen.quietMs >= rotationGraceMs ? 'finish' : 'wait'
}
