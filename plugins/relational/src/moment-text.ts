import { daysOf, wallSeconds, type Moment } from './zone.js'

/** A date and time as databases print it, as it stands: `2026-03-01 12:00:00.123456+02`, `0044-03-15 BC`. */
export interface PrintedMoment {
  readonly wall: Moment
  /** The offset printed behind it, seconds; undefined where there is none. */
  readonly offset: number | undefined
}

const form =
  /^([+-]?\d{1,9})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?( BC)?$/

/** Undefined for what is none: `infinity`, `0000-00-00`, and text that is something else. */
export function parseMoment(text: string): PrintedMoment | undefined {
  const quick = parsePlain(text)
  if (quick !== undefined) return quick
  const parts = form.exec(text.trim())
  if (parts === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone, bc] = parts
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return undefined
  const shown = bc === undefined ? Number(year) : 1 - Number(year)
  const seconds = wallSeconds(shown, Number(month), Number(day), Number(hour), Number(minute), Number(second))
  return {
    wall: { seconds, nanos: Number(fraction.padEnd(9, '0')) },
    offset: zone === undefined ? undefined : offsetOf(zone),
  }
}

/** What nearly all look like: `2026-03-01 12:00:00`, with a fraction or without. */
function parsePlain(text: string): PrintedMoment | undefined {
  if (text.length < 19 || text.charCodeAt(4) !== 45 || text.charCodeAt(13) !== 58) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const time = digits(text, 11, 13) * 3_600 + digits(text, 14, 16) * 60 + digits(text, 17, 19)
  if (!(month >= 1 && month <= 12 && day >= 1) || Number.isNaN(year + time)) return undefined
  let nanos = 0
  if (text.length > 19) {
    if (text.charCodeAt(19) !== 46 || text.length > 29) return undefined
    nanos = digits(text, 20, text.length) * 10 ** (29 - text.length)
    if (Number.isNaN(nanos)) return undefined
  }
  return { wall: { seconds: daysOf(year, month, day) * 86_400 + time, nanos }, offset: undefined }
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0
  const parts = text.slice(1).replaceAll(':', '')
  const size = Number(parts.slice(0, 2)) * 3_600 + Number(parts.slice(2, 4)) * 60 + Number(parts.slice(4, 6))
  return text.startsWith('-') ? -size : size
}

/** A time of day as databases print it (`12:00:00.123`, `12:00:00+02`, `-838:59:59`): its seconds and nanoseconds; undefined for what is none. */
export function parseTime(text: string): { readonly of: Moment; readonly offset: number | undefined } | undefined {
  const parts = /^(-?)(\d{1,3}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([+-]\d{2}(?::?\d{2})*)?$/.exec(text)
  if (parts === null) return undefined
  const [, sign, hour, minute, second = '0', fraction = '', zone] = parts
  const seconds = Number(hour) * 3_600 + Number(minute) * 60 + Number(second)
  const nanos = Number(fraction.padEnd(9, '0'))
  const offset = zone === undefined ? undefined : offsetOf(zone)
  if (sign === '') return { of: { seconds, nanos }, offset }
  return { of: nanos === 0 ? { seconds: -seconds, nanos: 0 } : { seconds: -seconds - 1, nanos: 1e9 - nanos }, offset }
}
