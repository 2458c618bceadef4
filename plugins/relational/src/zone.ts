/** An instant, or a wall clock that is read as if it were UTC: seconds since the epoch and nanoseconds of the second. */
export interface Moment {
  readonly seconds: number
  readonly nanos: number
}

/** A time zone: what its clocks show, and when they show it. */
export interface Zone {
  readonly id: string
  /** How far its clocks are ahead of UTC at an instant, seconds. */
  offsetAt(seconds: number): number
  /**
   * The instant at which its clocks show `wall` (seconds, as if UTC). As Java's lenient calendar: a time that a change of clocks leaves
   * out is counted on from before it, and of two times the earlier counts.
   */
  instantOf(wall: number): number
}

const utc: Zone = { id: 'UTC', offsetAt: () => 0, instantOf: wall => wall }

/** Old short names that Java knows and configurations still have (java.time.ZoneId.SHORT_IDS, those of whole regions and fixed offsets). */
const shortIds: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Harare',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa',
  ECT: 'Europe/Paris',
  EST: 'America/Panama',
  HST: 'Pacific/Honolulu',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  MST: 'America/Phoenix',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
}

/** A zone by what Java calls it: a region, a short name, `Z`, `+02:00`, `UTC+2`, `GMT-3:30`. Undefined where there is none. */
export function zoneOf(id: string): Zone | undefined {
  const text = id.trim()
  if (/^(UTC|GMT|UT|Z|Etc\/UTC|Etc\/GMT|Universal|Zulu)$/i.test(text)) return utc
  const fixed = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(text)
  if (fixed !== null) {
    const [, sign, hours, minutes = '0', seconds = '0'] = fixed
    const size = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
    return size > 18 * 3_600 ? undefined : fixedZone(text, sign === '-' ? -size : size)
  }
  return regionZone(shortIds[text] ?? text)
}

function fixedZone(id: string, offset: number): Zone {
  return { id, offsetAt: () => offset, instantOf: wall => wall - offset }
}

/** Clocks change on whole quarters of an hour, so an offset found holds for one. */
const step = 900
/** The most offsets to remember: a year of quarters. */
const remembered = 35_000

function regionZone(id: string): Zone | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: id,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  const offsets = new Map<number, number>()
  const offsetAt = (seconds: number): number => {
    const quarter = Math.floor(seconds / step)
    const known = offsets.get(quarter)
    if (known !== undefined) return known
    if (offsets.size >= remembered) offsets.clear()
    const offset = shownAt(format, quarter * step) - quarter * step
    offsets.set(quarter, offset)
    return offset
  }
  return {
    id,
    offsetAt,
    instantOf(wall) {
      // The offset before a change of clocks decides in both cases: times left out go on from it, and of two it gives the earlier.
      const before = offsetAt(wall - 86_400)
      const after = offsetAt(wall + 86_400)
      if (before === after) return wall - before
      const early = wall - before
      if (offsetAt(early) === before) return early
      const late = wall - after
      return offsetAt(late) === after ? late : early
    },
  }
}

/** What its clocks show at an instant, as seconds as if UTC. */
function shownAt(format: Intl.DateTimeFormat, seconds: number): number {
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(seconds * 1_000)) parts[type] = value
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year'])
  const [month, day, hour, minute, second] = ['month', 'day', 'hour', 'minute', 'second'].map(name =>
    Number(parts[name]),
  )
  return wallSeconds(year, month!, day!, hour, minute, second)
}

/** Seconds since the epoch of a date and time in UTC; years before 100 too, which Date.UTC takes for others. */
export function wallSeconds(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return daysOf(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
}

/** Days since 1970-01-01 in the calendar of today, extended backwards; year 0 is 1 BC. */
export function daysOf(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is the last.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** `2026-03-01 12:00:00` of a wall clock, with `digits` digits of its fraction. */
export function wallText(wall: Moment, digits: number, between = ' '): string {
  const [date, time] = dateAndTime(wall.seconds)
  const fraction = digits === 0 ? '' : `.${String(wall.nanos).padStart(9, '0').slice(0, digits)}`
  // ISO 8601 has a sign before a year of more than four digits.
  const sign = between === 'T' && date.length > 10 && !date.startsWith('-') ? '+' : ''
  return `${sign}${date}${between}${time}${fraction}`
}

/** `2026-03-01` and `12:00:00`. Years have four digits at least; those before year 1 are 0 and negative. */
function dateAndTime(seconds: number): [string, string] {
  const days = Math.floor(seconds / 86_400)
  const rest = seconds - days * 86_400
  const [year, month, day] = civil(days)
  const two = (value: number): string => String(value).padStart(2, '0')
  const shown = year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0')
  const time = `${two(Math.floor(rest / 3_600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`
  return [`${shown}-${two(month)}-${two(day)}`, time]
}

/** The inverse of `daysOf`. */
function civil(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1
  const year = yearOfEra + era * 400
  return month < 10 ? [year, month + 3, day] : [year + 1, month - 9, day]
}

/** The instant at which clocks in `zone` show `wall`. */
export function toInstant(wall: Moment, zone: Zone): Moment {
  return { seconds: zone.instantOf(wall.seconds), nanos: wall.nanos }
}

/** What clocks in `zone` show at an instant. */
export function toWall(instant: Moment, zone: Zone): Moment {
  return { seconds: instant.seconds + zone.offsetAt(instant.seconds), nanos: instant.nanos }
}

/** `2026-03-01 12:00:00.000000+02:00`. */
export function zonedText(moment: Moment, zone: Zone, digits: number): string {
  const offset = zone.offsetAt(moment.seconds)
  const size = Math.abs(offset)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const rest = size % 60 === 0 ? '' : `:${two(size % 60)}`
  return `${wallText(toWall(moment, zone), digits)}${offset < 0 ? '-' : '+'}${two(size / 3_600)}:${two((size / 60) % 60)}${rest}`
}

/** Whole milliseconds; what is finer is cut off, towards the past. */
export function millis({ seconds, nanos }: Moment): number {
  return seconds * 1_000 + Math.floor(nanos / 1_000_000)
}

export function ofMillis(ms: number): Moment {
  const seconds = Math.floor(ms / 1_000)
  return { seconds, nanos: (ms - seconds * 1_000) * 1_000_000 }
}

export function compareMoments(a: Moment, b: Moment): number {
  return a.seconds - b.seconds || a.nanos - b.nanos
}
