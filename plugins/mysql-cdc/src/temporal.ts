import { daysOf, wallSeconds, type Moment } from '@millrace/relational'

/** Whether years of two digits are those of this century and the last, as MySQL reads them where people write two. */
export type YearRule = (year: number) => number

export const asWritten: YearRule = year => year
export const adjusted: YearRule = year => (year < 0 || year > 99 ? year : year < 70 ? year + 2_000 : year + 1_900)

/** `0000-00-00`, and dates whose month or day is zero. */
export function isNoDate(text: string): boolean {
  // Asked for every date: digits by their codes.
  return isZero(text, 5) || isZero(text, 8)
}

const zero = 48
const isZero = (text: string, at: number): boolean => text.charCodeAt(at) === zero && text.charCodeAt(at + 1) === zero

export function daysOfDate(text: string, rule: YearRule): number {
  return daysOf(rule(Number(text.slice(0, 4))), Number(text.slice(5, 7)), Number(text.slice(8, 10)))
}

/** `2026-01-02 03:04:05.123456`: a wall clock. */
export function wallOf(text: string, rule: YearRule): Moment {
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

/** `-838:59:59.000000` to `838:59:59.000000`. */
export function timeOf(text: string): Moment {
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

/** An instant in UTC with exactly so many digits of its second, as ISO 8601 has it. */
export function instantText(text: string, digits: number): string {
  const whole = `${text.slice(0, 10)}T${text.slice(11, 19)}`
  return digits === 0 ? `${whole}Z` : `${whole}.${text.slice(20, 20 + digits).padEnd(digits, '0')}Z`
}
