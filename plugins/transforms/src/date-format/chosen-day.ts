import { cutover, dateOf, gregorianDay, julianDay } from './calendar.js'
import type { CalendarDate } from './calendar.js'
import { firstWeekOf, onOrBefore, weekStart } from './weeks.js'

/** Fields that name a day, each in its own way. */
export type DayField =
  | 'era'
  | 'year'
  | 'weekYear'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'weekday'
  | 'weekOfYear'
  | 'weekOfMonth'
  | 'weekdayInMonth'

export interface DayFields {
  readonly value: (field: DayField) => number | undefined
  /** When it was set, from 1; 0 where it is not set. */
  readonly stamp: (field: DayField) => number
}

/** The day, since 1970-01-01, that the fields name; of those that contradict one another as java.util.Calendar chooses. */
export function chosenDay(fields: DayFields): number {
  const day = dayOfDate(fields)
  return fields.stamp('weekYear') > fields.stamp('year') ? dayOfWeekDate(fields, dateOf(day).year > 0) : day
}

/** GregorianCalendar.computeTime: it is the year before months run over that tells which calendar is first asked. */
function dayOfDate(fields: DayFields): number {
  const way = wayOf(fields)
  const ofEra = fields.value('year') ?? 1970
  const year = fields.value('era') === 0 ? 1 - ofEra : ofEra
  if (year < 1582 || (year === 1582 && isOfYear(way))) return dayBy(way, fields, year, julianDay)
  const day = dayBy(way, fields, year, gregorianDay)
  return day >= cutover ? day : dayBy(way, fields, year, julianDay)
}

function dayBy(way: Way, { value }: DayFields, year: number, dayOf: (date: CalendarDate) => number): number {
  const first: CalendarDate = { year, month: value('month') ?? 0, day: 1 }
  switch (way) {
    case 'day':
      return dayOf({ ...first, day: value('day') ?? 1 })
    case 'dayOfYear':
      return dayOf({ year, month: 0, day: value('dayOfYear') ?? 1 })
    case 'weekOfYear':
      return dayOfWeek(dayOf({ year, month: 0, day: 1 }), value('weekday'), value('weekOfYear'))
    case 'weekOfMonth':
      return dayOfWeek(dayOf(first), value('weekday'), value('weekOfMonth'))
    case 'weekdayInMonth':
      return dayOfWeekdayInMonth(
        dayOf(first),
        dayOf({ ...first, month: first.month + 1 }),
        value('weekday') ?? 0,
        value('weekdayInMonth') ?? 1,
      )
  }
}

const isOfYear = (way: Way): boolean => way === 'dayOfYear' || way === 'weekOfYear'

type Way = 'day' | 'dayOfYear' | 'weekOfYear' | 'weekOfMonth' | 'weekdayInMonth'

/** Of the ways that are complete the one set last, else of those that are begun (Calendar.selectFields). */
function wayOf({ stamp }: DayFields): Way {
  const weekday = stamp('weekday')
  const withWeekday = (field: DayField): number => (stamp(field) && weekday ? Math.max(stamp(field), weekday) : 0)
  let day = stamp('day')
  let [ofMonth, inMonth] = [withWeekday('weekOfMonth'), withWeekday('weekdayInMonth')]
  const dayOfYear = stamp('dayOfYear')
  let best = Math.max(day, ofMonth, inMonth, dayOfYear, withWeekday('weekOfYear'))
  if (best === 0) {
    ofMonth = stamp('weekOfMonth')
    inMonth = Math.max(stamp('weekdayInMonth'), weekday)
    best = Math.max(ofMonth, inMonth, stamp('weekOfYear'))
    if (best === 0) best = day = stamp('month')
  }
  if (best === day) return 'day'
  if (best === ofMonth && stamp('weekOfMonth') >= stamp('weekOfYear'))
    return ofMonth === inMonth && stamp('weekOfMonth') < stamp('weekdayInMonth') ? 'weekdayInMonth' : 'weekOfMonth'
  if (best === inMonth && stamp('weekdayInMonth') >= stamp('weekOfYear')) return 'weekdayInMonth'
  return best === dayOfYear ? 'dayOfYear' : 'weekOfYear'
}

/** Of the weeks of a month or year that begins with a day. */
function dayOfWeek(begin: number, weekday: number | undefined, week = 1): number {
  const firstWeek = weekStart(begin)
  const first = weekday === undefined ? firstWeek : onOrBefore(firstWeek + 6, weekday)
  return first + 7 * (week - 1)
}

/** The second Tuesday; a number below 0 counts from the month's end. */
function dayOfWeekdayInMonth(begin: number, end: number, weekday: number, ordinal: number): number {
  return ordinal >= 0 ? onOrBefore(begin + 7 * ordinal - 1, weekday) : onOrBefore(end + 7 * (ordinal + 1) - 1, weekday)
}

/** Where the week year was set after the year, the date tells no more than its era (CalendarBuilder.establish). */
function dayOfWeekDate({ value }: DayFields, isAfterChrist: boolean): number {
  const weekday = value('weekday') ?? 0
  const isOver = weekday < 0 || weekday > 6
  // Out of range it is a number from Monday, 1; in range it counts from Sunday, 0.
  const weeks = isOver ? Math.floor(weekday / 7) : 0
  const within = isOver ? (weekday - 7 * weeks + 1) % 7 : weekday
  const weekYear = value('weekYear') ?? 1970
  return firstWeekOf(isAfterChrist ? weekYear : 1 - weekYear) + within + 7 * ((value('weekOfYear') ?? 1) - 1 + weeks)
}
