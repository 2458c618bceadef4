import { formatMillis } from './format.js'
import { parseMillis } from './parse.js'
import { parsePattern } from './pattern.js'

/** A pattern of java.text.SimpleDateFormat at work, in UTC and English. */
export interface DateFormat {
  /** Of milliseconds since the epoch. */
  format(millis: number): string
  /** In milliseconds since the epoch; undefined where the text does not match. */
  parse(text: string): number | undefined
}

/** Throws `PatternError`. `now` tells the century of years of two digits. */
export function compileDateFormat(pattern: string, now: Date): DateFormat {
  const parts = parsePattern(pattern)
  return { format: millis => formatMillis(parts, millis), parse: text => parseMillis(parts, text, now) }
}
