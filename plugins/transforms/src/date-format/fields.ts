import { dayOf, weekdayOf } from './calendar.js'

export type FieldName =
  | 'year'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'weekday'
  | 'half'
  | 'hourOfDay'
  | 'hour'
  | 'minute'
  | 'second'
  | 'milli'
  | 'zone'

/** Where fields contradict one another, the one set last counts (java.util.Calendar). */
export class FieldSet {
  readonly #now: Date
  readonly #values: Partial<Record<FieldName, number>> = {}
  /** When each was set, from 1. */
  readonly #stamps: Partial<Record<FieldName, number>> = {}
  #settings = 0
  #ambiguousYear = false

  constructor(now: Date) {
    this.#now = now
  }

  /** Months, weekdays (of Sunday) and halves of the day count from 0; a zone is in minutes east of UTC. */
  set(field: FieldName, value: number): void {
    this.#values[field] = value
    this.#stamps[field] = ++this.#settings
    if (field === 'year') this.#ambiguousYear = false
  }

  /** A year of two digits: in the hundred years that begin 80 years before now. */
  setShortYear(value: number): void {
    const start = this.#centuryStart.getUTCFullYear()
    const century = Math.floor(start / 100) * 100
    this.set('year', value + century + (value < start % 100 ? 100 : 0))
    this.#ambiguousYear = value === start % 100
  }

  get #centuryStart(): Date {
    const start = new Date(this.#now)
    start.setUTCFullYear(start.getUTCFullYear() - 80)
    return start
  }

  /** Milliseconds since the epoch; what is not set is that of 1970-01-01. */
  get millis(): number {
    const { year = 1970 } = this.#values
    const millis = this.#millisIn(year)
    const early = this.#ambiguousYear && millis < this.#centuryStart.getTime()
    return early ? this.#millisIn(year + 100) : millis
  }

  #millisIn(year: number): number {
    const { minute = 0, second = 0, milli = 0, zone = 0 } = this.#values
    const minutes = (this.#dayIn(year) * 24 + this.#hours()) * 60 + minute - zone
    return (minutes * 60 + second) * 1000 + milli
  }

  #dayIn(year: number): number {
    const { month = 0, day, dayOfYear, weekday } = this.#values
    if (dayOfYear !== undefined && this.#stamp('dayOfYear') > this.#stamp('day'))
      return dayOf({ year, month: 0, day: dayOfYear })
    if (day !== undefined || weekday === undefined) return dayOf({ year, month, day: day ?? 1 })
    // A weekday alone is the first of its month.
    const first = dayOf({ year, month, day: 1 })
    return first + ((weekday - weekdayOf(first) + 7) % 7)
  }

  #hours(): number {
    const { hourOfDay, hour, half } = this.#values
    const whole = hour !== undefined && half !== undefined
    const later = Math.max(this.#stamp('hour'), this.#stamp('half')) > this.#stamp('hourOfDay')
    if (hourOfDay !== undefined && !(whole && later)) return hourOfDay
    return (hour ?? 0) + 12 * (half ?? 0)
  }

  /** 0 where it is not set. */
  #stamp(field: FieldName): number {
    return this.#stamps[field] ?? 0
  }
}
