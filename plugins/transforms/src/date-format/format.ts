import { dateOf, dayOfYear, weekdayOf } from './calendar.js'
import type { CalendarDate } from './calendar.js'
import { eras, halves, months, short, weekdays } from './names.js'
import type { Letter, Part } from './pattern.js'
import { weekDateOf, weekdayInMonth, weekOfMonth } from './weeks.js'

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

/** A minus is not counted. */
const padded = (number: number, count: number): string =>
  (number < 0 ? '-' : '') + String(Math.abs(number)).padStart(count, '0')
/** 12 where it is 0 o'clock. */
const clock = (hour: number, hours: number): number => hour % hours || hours

const texts: Readonly<Record<Letter, (moment: Moment, count: number) => string>> = {
  G: ({ date }) => eras[date.year > 0 ? 1 : 0] ?? '',
  // Of its era: the year 1 BC is `1`.
  y: ({ date: { year } }, count) => yearText(year > 0 ? year : 1 - year, count),
  Y: ({ dayNumber }, count) => yearText(weekDateOf(dayNumber).weekYear, count),
  M: monthText,
  L: monthText,
  w: ({ dayNumber }, count) => padded(weekDateOf(dayNumber).week, count),
  W: ({ dayNumber }, count) => padded(weekOfMonth(dayNumber), count),
  d: ({ date }, count) => padded(date.day, count),
  D: ({ dayNumber }, count) => padded(dayOfYear(dayNumber), count),
  F: ({ dayNumber }, count) => padded(weekdayInMonth(dayNumber), count),
  // Monday is 1.
  u: ({ dayNumber }, count) => padded(weekdayOf(dayNumber) || 7, count),
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

function yearText(year: number, count: number): string {
  return padded(count === 2 ? year % 100 : year, count)
}

function monthText({ date: { month } }: Moment, count: number): string {
  return count >= 3 ? named(months, month, count) : padded(month + 1, count)
}

function named(names: readonly string[], at: number, count: number): string {
  const name = names[at] ?? ''
  return count >= 4 ? name : short(name)
}
