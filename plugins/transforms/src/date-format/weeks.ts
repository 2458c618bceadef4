/** Weeks as Java counts them in English: they begin on Sunday, and the first of a year or month is the one with its first day. */
import { dateOf, dayOf, weekdayOf } from './calendar.js'

/** Of a day, and the year that it belongs to, which at the turn of the year may be the next one. */
export interface WeekDate {
  readonly weekYear: number
  /** From 1. */
  readonly week: number
}

export function weekDateOf(day: number): WeekDate {
  const { year } = dateOf(day)
  if (day >= firstWeekOf(year + 1)) return { weekYear: year + 1, week: 1 }
  return { weekYear: year, week: Math.floor((day - firstWeekOf(year)) / 7) + 1 }
}

/** From 1. */
export function weekOfMonth(day: number): number {
  return Math.floor((day - weekStart(firstOfMonth(day))) / 7) + 1
}

/** How many of its weekday there have been in the month with this day, from 1. */
export function weekdayInMonth(day: number): number {
  return Math.floor((day - firstOfMonth(day)) / 7) + 1
}

/** The Sunday that a year's first week begins with. */
export const firstWeekOf = (year: number): number => weekStart(dayOf({ year, month: 0, day: 1 }))

/** The Sunday up to this day. */
export const weekStart = (day: number): number => onOrBefore(day, 0)

/** The last such weekday up to this day; weekdays count from 0, a Sunday, and run over. */
export function onOrBefore(day: number, weekday: number): number {
  return day - ((((weekdayOf(day) - weekday) % 7) + 7) % 7)
}

const firstOfMonth = (day: number): number => dayOf({ ...dateOf(day), day: 1 })
