import { dateOf, dayOfYear, weekdayOf } from './calendar.js'
import type { CalendarDate } from './calendar.js'
import { halves, months, short, weekdays } from './names.js'
import type { Letter, Part } from './pattern.js'

/** Milliseconds since the epoch as text, in UTC and English (SimpleDateFormat.format). */
export function formatMillis(parts: readonly Part[], millis: number): string {
  const moment = momentOf(millis)
  return parts.map(part => ('text' in part ? part.text : texts[part.letter](moment, part.count))).join('')
}

interface Moment {
  /** Since 1970-01-01. */
  readonly dayNumber: number
  readonly date: CalendarDate
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly milli: number
}

function momentOf(millis: number): Moment {
  const dayNumber = Math.floor(millis / 86_400_000)
  const within = millis - dayNumber * 86_400_000
  return {
    dayNumber,
    date: dateOf(dayNumber),
    hour: Math.floor(within / 3_600_000),
    minute: Math.floor(within / 60_000) % 60,
    second: Math.floor(within / 1000) % 60,
    milli: within % 1000,
  }
}

const padded = (number: number, count: number): string => String(number).padStart(count, '0')
/** 12 where it is 0 o'clock. */
const clock = (hour: number, hours: number): number => hour % hours || hours

const texts: Readonly<Record<Letter, (moment: Moment, count: number) => string>> = {
  y: yearText,
  M: monthText,
  d: ({ date }, count) => padded(date.day, count),
  D: ({ dayNumber }, count) => padded(dayOfYear(dayNumber), count),
  E: ({ dayNumber }, count) => named(weekdays, weekdayOf(dayNumber), count),
  a: ({ hour }) => halves[hour < 12 ? 0 : 1] ?? '',
  H: ({ hour }, count) => padded(hour, count),
  k: ({ hour }, count) => padded(clock(hour, 24), count),
  K: ({ hour }, count) => padded(hour % 12, count),
  h: ({ hour }, count) => padded(clock(hour, 12), count),
  m: ({ minute }, count) => padded(minute, count),
  s: ({ second }, count) => padded(second, count),
  // A number, not a fraction: 5 ms are `5`, and `000005` to six letters.
  S: ({ milli }, count) => padded(milli, count),
  z: (_, count) => (count >= 4 ? 'Coordinated Universal Time' : 'UTC'),
  Z: () => '+0000',
  X: () => 'Z',
}

/** Of its era: the year 1 BC is `1`. */
function yearText({ date: { year } }: Moment, count: number): string {
  const ofEra = year > 0 ? year : 1 - year
  return count === 2 ? padded(ofEra % 100, 2) : padded(ofEra, count)
}

function monthText({ date: { month } }: Moment, count: number): string {
  return count >= 3 ? named(months, month, count) : padded(month + 1, count)
}

function named(names: readonly string[], at: number, count: number): string {
  const name = names[at] ?? ''
  return count >= 4 ? name : short(name)
}
