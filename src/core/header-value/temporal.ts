import { schema } from '../schema.js'
import type { Schema } from '../schema.js'

const dateSchema = schema.date()
const timeSchema = schema.time()
const timestampSchema = schema.timestamp()

export interface Temporal {
  readonly schema: Schema
  readonly value: Date
}

const millisPerDay = 86_400_000
const date = /^(\d+)-(\d+)-(\d+)/
const time = /^(\d+):(\d+):(\d+)\.(\d+)Z/
const timestamp = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z/

/**
 * Reads a date (10 characters), time (13) or timestamp (24) in ISO 8601, UTC. As lenient as Java's SimpleDateFormat,
 * which Connect uses: fields may be too large and run over (`2020-13-01` is in 2021), and text after them is ignored.
 */
export function parseTemporal(text: string): Temporal | undefined {
  // Colons may have been escaped where a colon ends a token.
  const plain = text.replaceAll('\\:', ':')
  switch (plain.length) {
    case 10:
      return temporal(dateSchema, date.exec(plain), ([y = 0, m = 0, d = 0]) => utc(y, m, d, 0))
    case 13:
      return temporal(timeSchema, time.exec(plain), clock => utc(1970, 1, 1, ofDay(clock)))
    case 24:
      return temporal(timestampSchema, timestamp.exec(plain), ([y = 0, m = 0, d = 0, ...clock]) =>
        utc(y, m, d, ofDay(clock)),
      )
    default:
      return undefined
  }
}

function temporal(
  schema: Schema,
  found: RegExpExecArray | null,
  toDate: (fields: readonly number[]) => Date,
): Temporal | undefined {
  return found === null ? undefined : { schema, value: toDate(found.slice(1).map(Number)) }
}

function utc(year: number, month: number, day: number, millis: number): Date {
  const start = new Date(0)
  start.setUTCFullYear(year, month - 1, day)
  return new Date(start.getTime() + millis)
}

function ofDay([hours = 0, minutes = 0, seconds = 0, millis = 0]: readonly number[]): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis
}

/** A date's text: the time alone on the first day of the epoch and before, the date alone at midnight, else both. */
export function temporalText(date: Date): string {
  const millis = date.getTime()
  const iso = date.toISOString()
  if (millis < millisPerDay) return iso.slice(-13)
  return millis % millisPerDay === 0 ? iso.slice(0, -14) : iso
}
