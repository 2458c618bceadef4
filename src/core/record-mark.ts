import type { Epoch } from './epoch.js'
import { compareEpochs } from './epoch.js'
import { MillraceError } from './error.js'

/**
 * The record header in the offsets, status and config topics that says under which grant, or by which leader, a record
 * was written (cluster protocol §8). Kafka Connect takes no notice of it, and what Connect writes has none.
 */
export const markHeader = 'mr'

/** A place in the order of all that owners of one task ever write: by grant, then by the owner's own count. */
export interface Stamp {
  readonly epoch: Epoch
  readonly seq: number
}

/** Of a record in the offsets or status topic. */
export interface TaskMark extends Stamp {
  /** The task's number. `nobody`: the connector's own instance, an operator, or the repair of an ignored record. */
  readonly task: number
}

/** Of a record in the config topic. */
export interface LeaderMark {
  readonly term: number
  /** The leader's own count within its term. */
  readonly seq: number
  /** The command that this record carries out; on the last record of what it writes. */
  readonly command: string | null
}

export const nobody = -1

/** Below all others. */
export const firstStamp: Stamp = { epoch: { term: 0, offset: 0 }, seq: 0 }

/** Below 0 where `a` is the older. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return compareEpochs(a.epoch, b.epoch) || a.seq - b.seq
}

export function encodeTaskMark({ task, epoch, seq }: TaskMark): string {
  return JSON.stringify([task, epoch.term, epoch.offset, seq])
}

/** Throws `stores.record_malformed`. Fields that a newer release adds behind are ignored. */
export function decodeTaskMark(text: string): TaskMark {
  const [task, term, offset, seq] = fieldsOf(text)
  if (isCount(task, nobody) && isCount(term) && isCount(offset) && isCount(seq))
    return { task, epoch: { term, offset }, seq }
  throw malformed(text)
}

export function encodeLeaderMark({ term, seq, command }: LeaderMark): string {
  return JSON.stringify(command === null ? [term, seq] : [term, seq, command])
}

/** Throws `stores.record_malformed`. Fields that a newer release adds behind are ignored. */
export function decodeLeaderMark(text: string): LeaderMark {
  const [term, seq, command = null] = fieldsOf(text)
  if (isCount(term) && isCount(seq) && (command === null || typeof command === 'string')) return { term, seq, command }
  throw malformed(text)
}

function fieldsOf(text: string): readonly unknown[] {
  try {
    const fields: unknown = JSON.parse(text)
    if (Array.isArray(fields)) return fields as readonly unknown[]
  } catch {
    // Said below, as of all that is no mark.
  }
  throw malformed(text)
}

function isCount(value: unknown, least = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

/** The record is skipped: whose word it is cannot be known. */
function malformed(text: string): MillraceError {
  return new MillraceError('stores.record_malformed', `The header ${markHeader} of a record is ${text.slice(0, 100)}.`)
}
