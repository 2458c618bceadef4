interface Interval {
  readonly years: number
  readonly months: number
  readonly days: number
  readonly negative: boolean
  readonly hours: number
  readonly minutes: number
  readonly seconds: string
}

/** `1 year 2 mons -3 days 04:05:06.789`, as PostgreSQL prints it (IntervalStyle postgres). */
function parseInterval(text: string): Interval {
  const number = (unit: string): number => Number(new RegExp(`([+-]?\\d+) ${unit}`).exec(text)?.[1] ?? 0)
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([+-]?)(\d+):(\d+):(\d+(?:\.\d+)?)/.exec(text) ?? []
  return {
    years: number('year'),
    months: number('mon'),
    days: number('day'),
    negative: sign === '-',
    hours: Number(hours),
    minutes: Number(minutes),
    seconds,
  }
}

/** A month's length where a month is a twelfth of a year of 365.25 days, microseconds. */
const monthMicros = 2_629_800_000_000n

export function intervalMicros(text: string): bigint {
  const { years, months, days, negative, hours, minutes, seconds } = parseInterval(text)
  const [whole = '0', fraction = ''] = seconds.split('.')
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
  const clock = BigInt(hours * 3_600 + minutes * 60) * 1_000_000n + micros
  return BigInt(years * 12 + months) * monthMicros + BigInt(days) * 86_400_000_000n + (negative ? -clock : clock)
}

/** `P1Y2M3DT4H5M6.789S`, every part of it always there. */
export function intervalText(text: string): string {
  const { years, months, days, negative, hours, minutes, seconds } = parseInterval(text)
  const sign = negative ? -1 : 1
  const shown = Number(seconds) * sign
  return `P${years}Y${months}M${days}DT${hours * sign || 0}H${minutes * sign || 0}M${shown || 0}S`
}
