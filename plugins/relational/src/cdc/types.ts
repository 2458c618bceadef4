import { Decimal, parseDecimal, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { millis, type Moment, wallText } from '../zone.js'
import type { BinaryMode, DecimalMode, TimeMode } from './keys.js'

/** How the values of a column become those of a field: `read` takes what the database has printed, never null. */
export interface CdcType<Raw = string> {
  readonly schema: (options: SchemaOptions) => Schema
  readonly read: (raw: Raw) => Value
  /** What stands where no value is and none may be missing (Debezium's fallback). */
  readonly zero: Value
}

export type SchemaOptions = NonNullable<Parameters<typeof schema.int8>[0]>

const named =
  (make: (options?: SchemaOptions) => Schema, name: string, parameters?: Readonly<Record<string, string>>) =>
  (options: SchemaOptions): Schema =>
    make({ name, version: 1, ...options, ...(parameters && { parameters: { ...parameters, ...options.parameters } }) })

/** Debezium's semantic types, by their names. */
export const semantic = {
  date: named(schema.int32, 'io.debezium.time.Date'),
  time: named(schema.int32, 'io.debezium.time.Time'),
  microTime: named(schema.int64, 'io.debezium.time.MicroTime'),
  nanoTime: named(schema.int64, 'io.debezium.time.NanoTime'),
  timestamp: named(schema.int64, 'io.debezium.time.Timestamp'),
  microTimestamp: named(schema.int64, 'io.debezium.time.MicroTimestamp'),
  nanoTimestamp: named(schema.int64, 'io.debezium.time.NanoTimestamp'),
  zonedTimestamp: named(schema.string, 'io.debezium.time.ZonedTimestamp'),
  zonedTime: named(schema.string, 'io.debezium.time.ZonedTime'),
  isoDate: named(schema.string, 'io.debezium.time.IsoDate'),
  isoTime: named(schema.string, 'io.debezium.time.IsoTime'),
  isoTimestamp: named(schema.string, 'io.debezium.time.IsoTimestamp'),
  year: named(schema.int32, 'io.debezium.time.Year'),
  microDuration: named(schema.int64, 'io.debezium.time.MicroDuration'),
  interval: named(schema.string, 'io.debezium.time.Interval'),
  json: named(schema.string, 'io.debezium.data.Json'),
  uuid: named(schema.string, 'io.debezium.data.Uuid'),
  xml: named(schema.string, 'io.debezium.data.Xml'),
  ltree: named(schema.string, 'io.debezium.data.Ltree'),
  tsvector: named(schema.string, 'io.debezium.data.Tsvector'),
  enum: (allowed: readonly string[]) => named(schema.string, 'io.debezium.data.Enum', { allowed: allowed.join(',') }),
  enumSet: (allowed: readonly string[]) =>
    named(schema.string, 'io.debezium.data.EnumSet', { allowed: allowed.join(',') }),
  bits: (length: number) => named(schema.bytes, 'io.debezium.data.Bits', { length: String(length) }),
  floatVector: (options: SchemaOptions): Schema =>
    schema.array(schema.float32(), { name: 'io.debezium.data.FloatVector', version: 1, ...options }),
  variableScaleDecimal: (options: SchemaOptions): Schema =>
    schema.struct(
      { scale: schema.int32(), value: schema.bytes() },
      { name: 'io.debezium.data.VariableScaleDecimal', version: 1, doc: 'Variable scaled decimal', ...options },
    ),
  point: (options: SchemaOptions): Schema =>
    schema.struct(
      {
        x: schema.float64(),
        y: schema.float64(),
        wkb: schema.bytes({ optional: true }),
        srid: schema.int32({ optional: true }),
      },
      { name: 'io.debezium.data.geometry.Point', version: 1, doc: 'Geometry (POINT)', ...options },
    ),
  geometry: (options: SchemaOptions): Schema =>
    schema.struct(
      { wkb: schema.bytes(), srid: schema.int32({ optional: true }) },
      { name: 'io.debezium.data.geometry.Geometry', version: 1, doc: 'Geometry', ...options },
    ),
} as const

/** A number while it is safe, else a bigint. */
export function whole(value: bigint): number | bigint {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}

/** A decimal of fixed scale; `precision` as the schema's parameter. */
export function decimalType(precision: number, scale: number, mode: DecimalMode, parse = parseDecimalExact): CdcType {
  switch (mode) {
    case 'double':
      return { schema: schema.float64, read: Number, zero: 0 }
    case 'string':
      return { schema: schema.string, read: text => text, zero: '' }
    case 'precise': {
      const parameters = { scale: String(scale), 'connect.decimal.precision': String(precision) }
      return {
        schema: options => schema.decimal(scale, { ...options, parameters: { ...parameters, ...options.parameters } }),
        read: text => rescaled(parse(text), scale),
        zero: new Decimal(0n, scale),
      }
    }
  }
}

export function parseDecimalExact(text: string): Decimal {
  const value = parseDecimal(text)
  if (value !== undefined) return value
  throw new RangeError(`"${text}" is no decimal that decimal.handling.mode=precise can hold; double and string can`)
}

function rescaled(value: Decimal, scale: number): Decimal {
  if (value.scale === scale) return value
  const missing = scale - value.scale
  if (missing >= 0) return new Decimal(value.unscaled * 10n ** BigInt(missing), scale)
  // More digits than the column has only where the schema is older than the value.
  return new Decimal(value.unscaled / 10n ** BigInt(-missing), scale)
}

export function bytesType<Raw>(mode: BinaryMode, bytes: (raw: Raw) => Uint8Array): CdcType<Raw> {
  if (mode === 'bytes') return { schema: schema.bytes, read: bytes, zero: new Uint8Array(0) }
  const encoding = mode === 'base64-url-safe' ? 'base64url' : mode
  const text = (raw: Raw): string => {
    const of = bytes(raw)
    const shown = Buffer.from(of.buffer, of.byteOffset, of.length).toString(encoding)
    // Java's encoder pads, URL-safe or not.
    return mode === 'base64-url-safe' ? shown.padEnd(Math.ceil(shown.length / 4) * 4, '=') : shown
  }
  return { schema: schema.string, read: text, zero: '' }
}

/** A date by its days since the epoch. */
export function dateType<Raw>(mode: TimeMode, days: (raw: Raw) => number): CdcType<Raw> {
  if (mode === 'connect')
    return { schema: schema.date, read: raw => new Date(days(raw) * 86_400_000), zero: new Date(0) }
  if (mode === 'isostring') return { schema: semantic.isoDate, read: raw => isoDate(days(raw)), zero: isoDate(0) }
  return { schema: semantic.date, read: days, zero: 0 }
}

function isoDate(days: number): string {
  return `${wallText({ seconds: days * 86_400, nanos: 0 }, 0, 'T').slice(0, -9)}Z`
}

/** A time of the day without zone; `digits` of its second that the column keeps. */
export function timeType<Raw>(mode: TimeMode, digits: number, of: (raw: Raw) => Moment): CdcType<Raw> {
  const micros = (raw: Raw): number => {
    const { seconds, nanos } = of(raw)
    return seconds * 1_000_000 + Math.floor(nanos / 1_000)
  }
  const nanoseconds = (raw: Raw): number => {
    const { seconds, nanos } = of(raw)
    return seconds * 1_000_000_000 + nanos
  }
  const ofMicros = { schema: semantic.microTime, read: micros, zero: 0 }
  const ofNanos = { schema: semantic.nanoTime, read: nanoseconds, zero: 0 }
  switch (mode) {
    case 'connect':
      return { schema: schema.time, read: raw => new Date(millis(of(raw))), zero: new Date(0) }
    case 'isostring':
      return { schema: semantic.isoTime, read: raw => isoTime(of(raw)), zero: isoTime({ seconds: 0, nanos: 0 }) }
    case 'adaptive':
      if (digits <= 3) return { schema: semantic.time, read: raw => millis(of(raw)), zero: 0 }
      return digits <= 6 ? ofMicros : ofNanos
    case 'nanoseconds':
      return ofNanos
    case 'adaptive_time_microseconds':
    case 'microseconds':
      return ofMicros
  }
}

function isoTime(of: Moment): string {
  return `${shortFraction(wallText(of, 9).slice(-18))}Z`
}

/** A wall clock without zone, read as UTC. */
export function timestampType<Raw>(mode: TimeMode, digits: number, of: (raw: Raw) => Moment): CdcType<Raw> {
  const unit = (perSecond: bigint, nanosEach: number) => (raw: Raw) => {
    const { seconds, nanos } = of(raw)
    return whole(BigInt(seconds) * perSecond + BigInt(Math.floor(nanos / nanosEach)))
  }
  const micros = (raw: Raw): number | bigint => {
    const { seconds, nanos } = of(raw)
    const small = seconds * 1_000_000 + Math.floor(nanos / 1_000)
    return Number.isSafeInteger(small) ? small : unit(1_000_000n, 1_000)(raw)
  }
  const ofMicros = { schema: semantic.microTimestamp, read: micros, zero: 0 }
  const ofNanos = { schema: semantic.nanoTimestamp, read: unit(1_000_000_000n, 1), zero: 0 }
  switch (mode) {
    case 'connect':
      return { schema: schema.timestamp, read: raw => new Date(withinDate(millis(of(raw)))), zero: new Date(0) }
    case 'isostring':
      return {
        schema: semantic.isoTimestamp,
        read: raw => `${shortFraction(wallText(of(raw), 9, 'T'))}Z`,
        zero: '1970-01-01T00:00:00Z',
      }
    case 'microseconds':
      return ofMicros
    case 'nanoseconds':
      return ofNanos
    case 'adaptive':
    case 'adaptive_time_microseconds':
      if (digits <= 3) return { schema: semantic.timestamp, read: raw => millis(of(raw)), zero: 0 }
      return digits <= 6 ? ofMicros : ofNanos
  }
}

/** A `Date` ends in the years 271,821 BC and 275,760; what lies beyond, infinity too, is its last moment. */
function withinDate(ms: number): number {
  return Math.max(-8.64e15, Math.min(8.64e15, ms))
}

/** No more digits of a fraction than are needed. */
function shortFraction(text: string): string {
  return text.replace(/\.?0+$/, found => (text.includes('.') ? '' : found))
}
