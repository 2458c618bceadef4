import {
  millis,
  parseMoment,
  parseTime,
  toInstant,
  toWall,
  wallText,
  type Moment,
  type PrintedMoment,
  type Zone,
} from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { ColumnReader, ReadOptions } from '../dialect.js'
import { unreadable } from './numeric.js'

type Options = Parameters<typeof schema.int8>[0]

const dayMs = 86_400_000
/** The largest that a `Date` holds, either side of the epoch. */
const maxDateMs = 8.64e15

/** `timestamp.granularity`: whole milliseconds as Connect's Timestamp, or everything there is as a number or a text. */
export const granularities = [
  'connect_logical',
  'micros_long',
  'micros_string',
  'micros_iso_datetime_string',
  'nanos_long',
  'nanos_string',
  'nanos_iso_datetime_string',
] as const

/** The printed date, never shifted. */
export function dateReader(options: Options, text: (cell: unknown) => string = String): ColumnReader {
  return {
    schema: schema.date(options),
    read(cell) {
      const printed = parseMoment(text(cell))
      if (printed === undefined) throw unreadable(text(cell), 'a date')
      return dateOf(printed.wall.seconds * 1_000, text(cell))
    },
  }
}

/** Milliseconds of the day; a time without an offset is read in the zone, as it was on the first day of 1970. */
export function timeReader(options: Options, zone: Zone, text: (cell: unknown) => string = String): ColumnReader {
  return {
    schema: schema.time(options),
    read(cell) {
      const printed = parseTime(text(cell))
      if (printed === undefined) throw unreadable(text(cell), 'a time of the day')
      const seconds = printed.of.seconds - (printed.offset ?? printed.of.seconds - zone.instantOf(printed.of.seconds))
      const ms = millis({ seconds, nanos: printed.of.nanos }) % dayMs
      return new Date(ms < 0 ? ms + dayMs : ms)
    },
  }
}

/** An instant: what is printed with an offset by that, anything else as what the clocks of `zone` showed. */
export function timestampReader(
  options: Options,
  { granularity, zone }: Pick<ReadOptions, 'granularity' | 'zone'>,
  text: (cell: unknown) => string = String,
): ColumnReader {
  const instantOf = (cell: unknown): Moment => readPrinted(text(cell), zone)
  const digits = granularity.startsWith('nanos') ? 9 : 6
  switch (granularity) {
    case 'micros_long':
    case 'nanos_long':
      return { schema: schema.int64(options), read: cell => safe(epochUnits(instantOf(cell), digits)) }
    case 'micros_string':
    case 'nanos_string':
      return { schema: schema.string(options), read: cell => String(epochUnits(instantOf(cell), digits)) }
    case 'micros_iso_datetime_string':
    case 'nanos_iso_datetime_string':
      return { schema: schema.string(options), read: cell => wallText(toWall(instantOf(cell), zone), digits, 'T') }
    default:
      return { schema: schema.timestamp(options), read: cell => dateOf(millis(instantOf(cell)), text(cell)) }
  }
}

/** A time column's value as an instant. */
export function readPrinted(text: string, zone: Zone): Moment {
  const printed = parseMoment(text)
  if (printed === undefined) throw unreadable(text, 'a timestamp')
  return printedInstant(printed, zone)
}

function printedInstant({ wall, offset }: PrintedMoment, zone: Zone): Moment {
  return offset === undefined ? toInstant(wall, zone) : { seconds: wall.seconds - offset, nanos: wall.nanos }
}

function epochUnits({ seconds, nanos }: Moment, digits: 6 | 9): bigint {
  const perSecond = 10n ** BigInt(digits)
  return BigInt(seconds) * perSecond + BigInt(Math.floor(nanos / 10 ** (9 - digits)))
}

function safe(value: bigint): number | bigint {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}

function dateOf(ms: number, text: string): Date {
  if (Math.abs(ms) > maxDateMs) throw unreadable(text, 'a date within 271,821 years of the epoch')
  return new Date(ms)
}
