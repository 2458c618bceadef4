import {
  bytesType,
  dateType,
  decimalType,
  parseMoment,
  parseTime,
  semantic,
  timeType,
  timestampType,
  wallText,
  whole,
  type CdcType,
  type Moment,
} from '@millrace/relational'
import { Decimal, bigintBytes, schema, parseDecimal, type Value } from 'millrace/plugin'
import { arrayItems } from './array-text.js'
import type { TypeCatalog, TypeInfo } from './catalog.js'
import type { PostgresConfig } from './config.js'
import { intervalMicros, intervalText } from './interval.js'
import { hstoreEntries } from './hstore.js'

export type TypeModes = Pick<
  PostgresConfig,
  | 'decimal.handling.mode'
  | 'time.precision.mode'
  | 'binary.handling.mode'
  | 'interval.handling.mode'
  | 'hstore.handling.mode'
  | 'money.fraction.digits'
  | 'include.unknown.datatypes'
>

/** How a column's type stands in records; undefined: records leave it out. */
export function typeOf(oid: number, modifier: number, types: TypeCatalog, modes: TypeModes): CdcType | undefined {
  const info = types.get(oid)
  if (info === undefined) return unknownType(modes)
  if (info.kind === 'd' && info.base !== undefined)
    return typeOf(info.base, info.baseModifier >= 0 ? info.baseModifier : modifier, types, modes)
  if (info.element !== undefined) return arrayType(info, modifier, types, modes)
  if (info.kind === 'e') return { schema: semantic.enum(info.labels), read: asText, zero: info.labels[0] ?? '' }
  return namedType(info.name, modifier, modes) ?? unknownType(modes)
}

/** What `include.unknown.datatypes` makes of a type that is not known here: the bytes of its text. */
function unknownType(modes: TypeModes): CdcType | undefined {
  if (!modes['include.unknown.datatypes']) return undefined
  return bytesType(modes['binary.handling.mode'], text => Buffer.from(text))
}

const asText = (text: string): string => text
const text: CdcType = { schema: schema.string, read: asText, zero: '' }
const number = (make: CdcType['schema']): CdcType => ({ schema: make, read: Number, zero: 0 })
const int64: CdcType = { schema: schema.int64, read: readInt64, zero: 0 }

function readInt64(value: string): number | bigint {
  return value.length < 16 ? Number(value) : whole(BigInt(value))
}

function namedType(name: string, modifier: number, modes: TypeModes): CdcType | undefined {
  const time = modes['time.precision.mode']
  switch (name) {
    case 'bool':
      return { schema: schema.boolean, read: value => value === 't', zero: false }
    case 'int2':
      return number(schema.int16)
    case 'int4':
      return number(schema.int32)
    case 'int8':
    case 'oid':
      return int64
    case 'float4':
      return number(schema.float32)
    case 'float8':
      return number(schema.float64)
    case 'numeric':
      return numericType(modifier, modes)
    case 'money':
      return moneyType(modes)
    case 'char':
    case 'bpchar':
    case 'varchar':
    case 'text':
    case 'name':
    case 'citext':
    case 'inet':
    case 'cidr':
    case 'macaddr':
    case 'macaddr8':
    case 'int4range':
    case 'int8range':
    case 'numrange':
    case 'tsrange':
    case 'tstzrange':
    case 'daterange':
    case 'isbn':
      return text
    case 'json':
    case 'jsonb':
      return { schema: semantic.json, read: asText, zero: '' }
    case 'xml':
      return { schema: semantic.xml, read: asText, zero: '' }
    case 'uuid':
      return { schema: semantic.uuid, read: asText, zero: '00000000-0000-0000-0000-000000000000' }
    case 'ltree':
      return { schema: semantic.ltree, read: asText, zero: '' }
    case 'tsvector':
      return { schema: semantic.tsvector, read: asText, zero: '' }
    case 'bytea':
      return bytesType(modes['binary.handling.mode'], value => Buffer.from(value.slice(2), 'hex'))
    case 'bit':
      return modifier === 1
        ? { schema: schema.boolean, read: value => value === '1', zero: false }
        : bitsType(modifier < 0 ? 1 : modifier)
    case 'varbit':
      return bitsType(modifier < 0 ? 2_147_483_647 : modifier)
    case 'date':
      return dateType(time, value => momentOf(value).seconds / 86_400)
    case 'time':
      return timeType(time, digitsOf(modifier), value => parseTime(value)!.of)
    case 'timestamp':
      return timestampType(time, digitsOf(modifier), momentOf)
    case 'timestamptz':
      return {
        schema: semantic.zonedTimestamp,
        read: value => zonedText(value, digitsOf(modifier)),
        zero: zonedText('1970-01-01 00:00:00+00', digitsOf(modifier)),
      }
    case 'timetz':
      return { schema: semantic.zonedTime, read: zonedTime, zero: '00:00:00Z' }
    case 'interval':
      return modes['interval.handling.mode'] === 'string'
        ? { schema: semantic.interval, read: intervalText, zero: intervalText('00:00:00') }
        : { schema: semantic.microDuration, read: value => whole(intervalMicros(value)), zero: 0 }
    case 'hstore':
      return hstoreType(modes)
    case 'point':
      return { schema: semantic.point, read: readPoint, zero: readPoint('(0,0)') }
    case 'geometry':
    case 'geography':
      return { schema: semantic.geometry, read: readGeometry, zero: { wkb: new Uint8Array(0), srid: null } }
    default:
      return undefined
  }
}

/** The fraction's digits that a column keeps: six where it says none. */
function digitsOf(modifier: number): number {
  return modifier < 0 ? 6 : modifier
}

/** pg_attribute.atttypmod of a numeric; undefined where the column says none. The scale has 11 bits with a sign. */
function numericType(modifier: number, modes: TypeModes): CdcType {
  const mode = modes['decimal.handling.mode']
  if (modifier >= 4) {
    const both = modifier - 4
    return decimalType((both >> 16) & 0xffff, ((both & 0x7ff) ^ 0x400) - 0x400, mode)
  }
  if (mode !== 'precise') return decimalType(0, 0, mode)
  return { schema: semantic.variableScaleDecimal, read: readVariable, zero: readVariable('0') }
}

function readVariable(value: string): Value {
  const decimal = parseDecimal(value)
  if (decimal === undefined)
    throw new RangeError(`"${value}" is no decimal that decimal.handling.mode=precise can hold; double and string can`)
  return { scale: decimal.scale, value: bigintBytes(decimal.unscaled) }
}

/** `$1,234.56` or `-$1.00`: its digits, whatever the locale's marks are; the last mark is that of the fraction. */
function moneyType(modes: TypeModes): CdcType {
  const digits = modes['money.fraction.digits']
  const plain = (value: string): string => {
    const negative = value.includes('-') || value.includes('(')
    const kept = value.replace(/[^\d.,]/g, '')
    const point = Math.max(kept.lastIndexOf('.'), kept.lastIndexOf(','))
    const fraction = point >= 0 && kept.length - point <= 3 ? kept.slice(point + 1) : ''
    const units = (fraction === '' ? kept : kept.slice(0, point)).replace(/[.,]/g, '')
    return `${negative ? '-' : ''}${units}${fraction === '' ? '' : `.${fraction}`}`
  }
  const mode = modes['decimal.handling.mode']
  if (mode === 'precise') {
    const parameters = { scale: String(digits) }
    return {
      schema: options => schema.decimal(digits, { ...options, parameters: { ...parameters, ...options.parameters } }),
      read: value => roundTo(plain(value), digits),
      zero: new Decimal(0n, digits),
    }
  }
  const of = decimalType(0, digits, mode)
  return { ...of, read: value => of.read(plain(value)), zero: mode === 'string' ? (0).toFixed(digits) : 0 }
}

function roundTo(value: string, digits: number): Decimal {
  const { unscaled, scale } = parseDecimal(value)!
  if (scale <= digits) return new Decimal(unscaled * 10n ** BigInt(digits - scale), digits)
  const divisor = 10n ** BigInt(scale - digits)
  const half = unscaled < 0n ? -divisor / 2n : divisor / 2n
  return new Decimal((unscaled + half) / divisor, digits)
}

/** The first bit is the lowest of the first byte (little-endian). */
function bitsType(length: number): CdcType {
  const read = (value: string): Uint8Array => {
    const bytes = new Uint8Array(Math.ceil(value.length / 8))
    for (let bit = 0; bit < value.length; bit++)
      if (value[value.length - 1 - bit] === '1') bytes[bit >> 3]! |= 1 << (bit & 7)
    return bytes
  }
  return { schema: semantic.bits(length), read, zero: new Uint8Array(0) }
}

/** What Debezium has for the two infinities, 9223372036825200000 and -9223372036832400000 microseconds. */
const infinity = { seconds: 9_223_372_036_825, nanos: 200_000_000 }
const minusInfinity = { seconds: -9_223_372_036_833, nanos: 600_000_000 }

function momentOf(value: string): Moment {
  const printed = parseMoment(value)
  if (printed !== undefined) return printed.wall
  if (value === 'infinity') return infinity
  if (value === '-infinity') return minusInfinity
  throw new RangeError(`"${value}" is no date or time`)
}

function zonedText(value: string, digits: number): string {
  const printed = parseMoment(value)
  if (printed === undefined) return value === '-infinity' ? '-infinity' : 'infinity'
  const { wall, offset = 0 } = printed
  return `${wallText({ seconds: wall.seconds - offset, nanos: wall.nanos }, digits, 'T')}Z`
}

/** In UTC, with as many digits of a fraction as are needed. */
function zonedTime(value: string): string {
  const { of, offset = 0 } = parseTime(value)!
  const seconds = (((of.seconds - offset) % 86_400) + 86_400) % 86_400
  const shown = wallText({ seconds, nanos: of.nanos }, 9).slice(11)
  return `${shown.replace(/\.?0+$/, found => (found.startsWith('.') || shown.includes('.') ? '' : found))}Z`
}

function hstoreType(modes: TypeModes): CdcType {
  if (modes['hstore.handling.mode'] === 'map')
    return {
      schema: options => schema.map(schema.string(), schema.string({ optional: true }), options),
      read: value => new Map(hstoreEntries(value)),
      zero: new Map(),
    }
  return { schema: semantic.json, read: value => JSON.stringify(Object.fromEntries(hstoreEntries(value))), zero: '{}' }
}

function readPoint(value: string): Value {
  const [x = 0, y = 0] = value.slice(1, -1).split(',').map(Number)
  const wkb = Buffer.alloc(21)
  wkb.writeUInt8(1, 0)
  wkb.writeUInt32LE(1, 1)
  wkb.writeDoubleLE(x, 5)
  wkb.writeDoubleLE(y, 13)
  return { x, y, wkb, srid: null }
}

/** Extended WKB in hexadecimal: its flag 0x20000000 says that an SRID follows. */
function readGeometry(value: string): Value {
  const wkb = Buffer.from(value, 'hex')
  const isLittle = wkb[0] === 1
  const type = isLittle ? wkb.readUInt32LE(1) : wkb.readUInt32BE(1)
  const hasSrid = (type & 0x20000000) !== 0
  return { wkb, srid: hasSrid ? (isLittle ? wkb.readInt32LE(5) : wkb.readInt32BE(5)) : null }
}

/** Types whose arrays records leave out, as Debezium does. */
const noArrays = new Set([
  'money',
  'interval',
  'varbit',
  'xml',
  'point',
  'name',
  'hstore',
  'geometry',
  'geography',
  'bit',
])

function arrayType(info: TypeInfo, modifier: number, types: TypeCatalog, modes: TypeModes): CdcType | undefined {
  const element = types.get(info.element!)
  if (element === undefined || noArrays.has(element.name)) return unknownType(modes)
  const of = typeOf(element.oid, modifier, types, modes)
  if (of === undefined) return undefined
  // Debezium's arrays of an enum have no null.
  const item = of.schema(element.kind === 'e' ? {} : { optional: true })
  return {
    schema: options => schema.array(item, options),
    read: value => arrayItems(value).map(found => (found === null ? null : of.read(found))),
    zero: [],
  }
}
