import {
  bytesType,
  dateType,
  decimalType,
  semantic,
  timestampType,
  timeType,
  type CdcType,
  type DecimalMode,
} from '@millrace/relational'
import { Decimal, schema } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'
import type { MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'
import type { BinlogConfig } from './config.js'
import { geometryType, pointType } from './geometry.js'
import type { Raw } from './raw.js'
import { adjusted, asWritten, daysOfDate, instantText, timeOf, timeText, wallOf, type YearRule } from './temporal.js'

export type TypeModes = Pick<
  BinlogConfig,
  | 'decimal.handling.mode'
  | 'time.precision.mode'
  | 'binary.handling.mode'
  | 'bigint.unsigned.handling.mode'
  | 'enable.time.adjuster'
>

const text: CdcType<Raw> = { schema: schema.string, read: raw => String(raw), zero: '' }
const small: CdcType<Raw> = { schema: schema.int16, read: Number, zero: 0 }
const int: CdcType<Raw> = { schema: schema.int32, read: Number, zero: 0 }
const long: CdcType<Raw> = { schema: schema.int64, read: raw => (typeof raw === 'number' ? raw : safe(raw)), zero: 0 }
/** From 2^63 on it is negative, as a long of Java's is. */
const wrapped: CdcType<Raw> = {
  schema: schema.int64,
  read: raw => (typeof raw === 'number' ? raw : safe(String(BigInt.asIntN(64, BigInt(String(raw)))))),
  zero: 0,
}
const double: CdcType<Raw> = { schema: schema.float64, read: Number, zero: 0 }
const bytesOf = (raw: Raw): Uint8Array => raw as Uint8Array

/** How the values of a column become those of a field; undefined: the type is not known here. */
export function columnType(column: Pick<MysqlColumn, 'columnType'>, modes: TypeModes): CdcType<Raw> | undefined {
  const { type, numbers, unsigned, labels } = parseDeclared(column.columnType)
  const [first = 0, second] = numbers
  const rule: YearRule = modes['enable.time.adjuster'] ? adjusted : asWritten
  const time = modes['time.precision.mode']
  switch (type) {
    case 'tinyint':
      return small
    case 'smallint':
      return unsigned ? int : small
    case 'mediumint':
      return int
    case 'int':
      return unsigned ? long : int
    case 'bigint':
      if (!unsigned) return long
      return modes['bigint.unsigned.handling.mode'] === 'long' ? wrapped : exact(decimalType(20, 0, 'precise'))
    case 'float':
      return numbers.length === 0 ? { schema: schema.float32, read: shortFloat, zero: 0 } : double
    case 'double':
      return double
    case 'decimal':
      return decimal(numbers.length === 0 ? 10 : first, second ?? 0, modes['decimal.handling.mode'])
    case 'bit':
      return first === 1 ? { schema: schema.boolean, read: isSet, zero: false } : bitsType(first)
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
    case 'inet4':
    case 'inet6':
      return text
    case 'uuid':
      return { ...text, schema: semantic.uuid }
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return bytesType(modes['binary.handling.mode'], bytesOf)
    case 'enum':
      return { ...text, schema: semantic.enum(escaped(labels)) }
    case 'set':
      return { ...text, schema: semantic.enumSet(escaped(labels)) }
    case 'json':
      return { ...text, schema: semantic.json, zero: '{}' }
    case 'year':
      return { schema: semantic.year, read: Number, zero: 0 }
    case 'date':
      return dateType(time, raw => daysOfDate(raw as string | number, rule))
    case 'time':
      return timeOfDay(
        timeType(time, first, raw => timeOf(raw as string | number)),
        time,
        first,
      )
    case 'datetime':
      return timestampType(time, first, raw => wallOf(raw as string | number, rule))
    case 'timestamp':
      return {
        schema: semantic.zonedTimestamp,
        read: raw => instantText(raw as string | number, first),
        zero: '1970-01-01T00:00:00Z',
      }
    case 'point':
      return pointType
    case 'geometry':
    case 'linestring':
    case 'polygon':
    case 'multipoint':
    case 'multilinestring':
    case 'multipolygon':
    case 'geometrycollection':
    case 'geomcollection':
      return geometryType
    case 'vector':
      return { schema: semantic.floatVector, read: raw => floatsOf(bytesOf(raw)), zero: [] }
    default:
      return undefined
  }
}

function exact({ read, ...of }: CdcType): CdcType<Raw> {
  return { ...of, read: raw => read(String(raw)) }
}

/** Of texts, and of unscaled numbers. */
function decimal(precision: number, scale: number, mode: DecimalMode): CdcType<Raw> {
  const type = decimalType(precision, scale, mode)
  const unscaled = (raw: bigint): Value => {
    const value = new Decimal(raw, scale)
    return mode === 'precise' ? value : type.read(value.toString())
  }
  return { ...type, read: raw => (typeof raw === 'bigint' ? unscaled(raw) : type.read(String(raw))) }
}

/** Labels are listed between commas. */
function escaped(labels: readonly string[] = []): readonly string[] {
  return labels.map(label => label.replaceAll(',', '\\,'))
}

function safe(raw: Raw): number | bigint {
  const small = Number(raw)
  return Number.isSafeInteger(small) ? small : BigInt(raw as string)
}

/** As text a time that is none of a day stands as the server prints it, `-838:59:59Z`. */
function timeOfDay(type: CdcType<Raw>, mode: TypeModes['time.precision.mode'], digits: number): CdcType<Raw> {
  if (mode !== 'isostring') return type
  const read = (raw: Raw): Value => {
    const printed = timeText(raw as string | number, digits)
    return /^([01]\d|2[0-3]):/.test(printed) ? type.read(raw) : `${printed}Z`
  }
  return { ...type, read }
}

/** The shortest number that is this float of 32 bits: 1.1 and not 1.100000023841858. */
export function shortFloat(raw: Raw): number {
  const float = Math.fround(Number(raw))
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits))
    if (Math.fround(short) === float) return short
  }
  return float
}

function isSet(raw: Raw): boolean {
  return bytesOf(raw).some(byte => byte !== 0)
}

/** The server says the highest byte first, Debezium's `Bits` the lowest. */
function bitsType(length: number): CdcType<Raw> {
  const size = Math.ceil(length / 8)
  const read = (raw: Raw): Value => {
    const bits = new Uint8Array(size)
    bits.set(bytesOf(raw).toReversed().slice(0, size))
    return bits
  }
  return { schema: semantic.bits(length), read, zero: new Uint8Array(size) }
}

function floatsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, at) => shortFloat(view.getFloat32(at * 4, true)))
}
