import { daysOf, wallSeconds, wallText, type Moment } from '@millrace/relational'

/** Whether years of two digits are those of this century and the last, as MySQL reads them where people write two. */
export type YearRule = (year: number) => number

export const asWritten: YearRule = year => year
export const adjusted: YearRule = year => (year < 0 || year > 99 ? year : year < 70 ? year + 2_000 : year + 1_900)

const day = 86_400
/** Before it years have two digits, for which there is a rule. */
const year100 = wallSeconds(100, 1, 1)

/** `0000-00-00`, and dates whose month or day is zero. */
export function isNoDate(text: string): boolean {
  // Asked for every date: digits by their codes.
  return isZero(text, 5) || isZero(text, 8)
}

const zero = 48
const isZero = (text: string, at: number): boolean => text.charCodeAt(at) === zero && text.charCodeAt(at + 1) === zero

/** Of a date as the server prints it, or of its days since the epoch. */
export function daysOfDate(date: string | number, rule: YearRule): number {
  if (typeof date === 'number' && date >= year100 / day) return date
  const text = typeof date === 'string' ? date : wallText({ seconds: date * day, nanos: 0 }, 0)
  return daysOf(rule(Number(text.slice(0, 4))), Number(text.slice(5, 7)), Number(text.slice(8, 10)))
}

/** A wall clock: `2026-01-02 03:04:05.123456`, or its microseconds. */
export function wallOf(wall: string | number, rule: YearRule): Moment {
  const moment = typeof wall === 'number' ? momentOf(wall) : undefined
  if (moment !== undefined && moment.seconds >= year100) return moment
  const text = moment === undefined ? (wall as string) : wallText(moment, 6)
  const seconds = wallSeconds(
    rule(Number(text.slice(0, 4))),
    Number(text.slice(5, 7)),
    Number(text.slice(8, 10)),
    Number(text.slice(11, 13)),
    Number(text.slice(14, 16)),
    Number(text.slice(17, 19)),
  )
  return { seconds, nanos: nanosOf(text.slice(20)) }
}

/** Of microseconds, also negative ones. */
function momentOf(micros: number): Moment {
  const seconds = Math.floor(micros / 1_000_000)
  return { seconds, nanos: (micros - seconds * 1_000_000) * 1_000 }
}

/** `-838:59:59.000000` to `838:59:59.000000`, or its microseconds. */
export function timeOf(time: string | number): Moment {
  if (typeof time === 'number') return momentOf(time)
  const text = time
  const negative = text.startsWith('-')
  const [hours = '', minutes = '', rest = ''] = (negative ? text.slice(1) : text).split(':')
  const [seconds = '', fraction = ''] = rest.split('.')
  const total = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
  const nanos = nanosOf(fraction)
  if (!negative) return { seconds: total, nanos }
  return nanos === 0 ? { seconds: -total, nanos } : { seconds: -total - 1, nanos: 1_000_000_000 - nanos }
}

function nanosOf(fraction: string): number {
  return fraction === '' ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0'))
}

/** A time of the day or a span as the server prints it. */
export function timeText(time: string | number, digits: number): string {
  if (typeof time === 'string') return time
  const { seconds, nanos } = momentOf(Math.abs(time))
  const two = (part: number): string => String(part).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const fraction = digits === 0 ? '' : `.${String(nanos).padStart(9, '0').slice(0, digits)}`
  return `${time < 0 ? '-' : ''}${clock}${fraction}`
}

/** An instant in UTC, as the server prints it or by its microseconds, with exactly so many digits of its second, as ISO 8601 has it. */
export function instantText(instant: string | number, digits: number): string {
  if (typeof instant === 'number') return `${wallText(momentOf(instant), digits, 'T')}Z`
  const text = instant
  const whole = `${text.slice(0, 10)}T${text.slice(11, 19)}`
  return digits === 0 ? `${whole}Z` : `${whole}.${text.slice(20, 20 + digits).padEnd(digits, '0')}Z`
}
