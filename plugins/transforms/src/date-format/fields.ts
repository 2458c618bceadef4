import { chosenDay, type DayField } from './chosen-day.js'

export type FieldName = DayField | 'half' | 'hourOfDay' | 'hour' | 'minute' | 'second' | 'milli' | 'zone'

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

  /** Eras (of BC), months, weekdays (of Sunday) and halves of the day count from 0; a zone is in minutes east of UTC. */
  set(field: FieldName, value: number): void {
    this.#values[field] = value
    this.#stamps[field] = ++this.#settings
  }

  /** A year of two digits: in the hundred years that begin 80 years before now. */
  setShortYear(field: 'year' | 'weekYear', value: number): void {
    const start = this.#centuryStart.getUTCFullYear()
    const century = Math.floor(start / 100) * 100
    this.set(field, value + century + (value < start % 100 ? 100 : 0))
    this.#ambiguousYear = value === start % 100
  }

  get #centuryStart(): Date {
    const start = new Date(this.#now)
    start.setUTCFullYear(start.getUTCFullYear() - 80)
    return start
  }

  /** Milliseconds since the epoch; what is not set is that of 1970-01-01. */
  get millis(): number {
    const millis = this.#millisLater(0)
    const early = this.#ambiguousYear && millis < this.#centuryStart.getTime()
    return early ? this.#millisLater(100) : millis
  }

  #millisLater(years: number): number {
    const { minute = 0, second = 0, milli = 0, zone = 0 } = this.#values
    const day = chosenDay({
      value: field => {
        const value = this.#values[field]
        return value !== undefined && (field === 'year' || field === 'weekYear') ? value + years : value
      },
      stamp: field => this.#stamp(field),
    })
    const minutes = (day * 24 + this.#hours()) * 60 + minute - zone
    return (minutes * 60 + second) * 1000 + milli
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
