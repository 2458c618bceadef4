/** Days and dates as java.util.GregorianCalendar counts them: Julian before 15 October 1582, Gregorian from then on. */

export interface CalendarDate {
  /** 0 is the year 1 BC. */
  readonly year: number
  /** From 0. */
  readonly month: number
  readonly day: number
}

/** 15 October 1582, in days since 1970-01-01. */
export const cutover = -141_427

/** The date of a day since 1970-01-01. */
export function dateOf(day: number): CalendarDate {
  if (day < cutover) return julianDate(day)
  const date = new Date(day * 86_400_000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
}

/** The day since 1970-01-01 of a date, whose month and day may be out of their ranges. */
export function dayOf(date: CalendarDate): number {
  const day = gregorianDay(date)
  return day >= cutover ? day : julianDay(date)
}

/** From 1. */
export function dayOfYear(day: number): number {
  return day - dayOf({ year: dateOf(day).year, month: 0, day: 1 }) + 1
}

/** From 0, a Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}

/** Years begin in March here, so that a leap day is their last. */
function marchYear({ year, month, day }: CalendarDate): { readonly year: number; readonly dayOfYear: number } {
  const months = year * 12 + month - 2
  const fromMarch = months - Math.floor(months / 12) * 12
  return { year: Math.floor(months / 12), dayOfYear: Math.floor((153 * fromMarch + 2) / 5) + day - 1 }
}

export function gregorianDay(date: CalendarDate): number {
  const { year, dayOfYear } = marchYear(date)
  return 365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + dayOfYear - 719_468
}

export function julianDay(date: CalendarDate): number {
  const { year, dayOfYear } = marchYear(date)
  return 365 * year + Math.floor(year / 4) + dayOfYear - 719_470
}

function julianDate(day: number): CalendarDate {
  const fromMarch = day + 719_470
  const fourYears = Math.floor(fromMarch / 1461)
  const within = fromMarch - fourYears * 1461
  const yearWithin = Math.floor((within - Math.floor(within / 1460)) / 365)
  const dayOfYear = within - 365 * yearWithin
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  return {
    year: fourYears * 4 + yearWithin + (month >= 10 ? 1 : 0),
    month: (month + 2) % 12,
    day: dayOfYear - Math.floor((153 * month + 2) / 5) + 1,
  }
}
