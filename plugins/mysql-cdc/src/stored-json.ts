import { fatal } from 'millrace/plugin'
import { storedType } from './stored-values.js'

/** Kinds of values in MySQL's binary JSON (`json_binary.h`), and the types of columns that some of its opaque ones have. */
const kind = {
  smallObject: 0,
  largeObject: 1,
  smallArray: 2,
  largeArray: 3,
  literal: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  double: 11,
  string: 12,
  opaque: 15,
} as const
const column = { timestamp: 7, date: 10, time: 11, datetime: 12, decimal: 246 } as const
const literals = ['null', 'true', 'false'] as const

/**
 * A JSON document as MySQL stores it, as the text that the server prints of it. The library's own reading loses what is no text in between: whether a number is a decimal, a double or
 * whole, the order of members, and a member named `__proto__`.
 */
export function storedJson(bytes: Buffer): string {
  return bytes.length === 0 ? 'null' : valueText(bytes, bytes[0]!, 1)
}

/** A value of a kind, whose content begins at `at`. */
function valueText(bytes: Buffer, of: number, at: number): string {
  switch (of) {
    case kind.smallObject:
    case kind.largeObject:
      return containerText(bytes, at, { isObject: true, isLarge: of === kind.largeObject })
    case kind.smallArray:
    case kind.largeArray:
      return containerText(bytes, at, { isObject: false, isLarge: of === kind.largeArray })
    case kind.literal:
      return literals[bytes[at]!] ?? unknown(`literal ${bytes[at]}`)
    case kind.int16:
      return String(bytes.readInt16LE(at))
    case kind.uint16:
      return String(bytes.readUInt16LE(at))
    case kind.int32:
      return String(bytes.readInt32LE(at))
    case kind.uint32:
      return String(bytes.readUInt32LE(at))
    case kind.int64:
      return String(bytes.readBigInt64LE(at))
    case kind.uint64:
      return String(bytes.readBigUInt64LE(at))
    case kind.double:
      return doubleText(bytes.readDoubleLE(at))
    case kind.string:
      return JSON.stringify(sized(bytes, at).toString('utf8'))
    case kind.opaque:
      return opaqueText(bytes[at]!, sized(bytes, at + 1))
    default:
      return unknown(`kind ${of}`)
  }
}

/** Offsets count from where the container's content begins; what is small enough stands in the place of its offset. */
function containerText(
  bytes: Buffer,
  from: number,
  { isObject, isLarge }: { readonly isObject: boolean; readonly isLarge: boolean },
): string {
  const width = isLarge ? 4 : 2
  const number = (at: number): number => bytes.readUIntLE(at, width)
  const count = number(from)
  const keys = from + 2 * width
  const values = keys + (isObject ? count * (width + 2) : 0)
  const members = Array.from({ length: count }, (_, index) => {
    const entry = values + index * (width + 1)
    const of = bytes[entry]!
    const value = valueText(bytes, of, isInline(of, isLarge) ? entry + 1 : from + number(entry + 1))
    if (!isObject) return value
    const key = keys + index * (width + 2)
    const name = from + number(key)
    return `${JSON.stringify(bytes.toString('utf8', name, name + bytes.readUInt16LE(key + width)))}: ${value}`
  })
  return isObject ? `{${members.join(', ')}}` : `[${members.join(', ')}]`
}

function isInline(of: number, isLarge: boolean): boolean {
  if (of === kind.literal || of === kind.int16 || of === kind.uint16) return true
  return isLarge && (of === kind.int32 || of === kind.uint32)
}

/** Bytes behind their number, which takes seven bits of each byte, the lowest first, and goes on where the eighth is set. */
function sized(bytes: Buffer, at: number): Buffer {
  let size = 0
  let next = at
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[next++]!
    size += (byte & 0x7f) * factor
    if (byte < 0x80) return bytes.subarray(next, next + size)
  }
}

/** The shortest digits that mean the number, always with a point or an exponent; by exponent where it is whole and longer than fifteen digits, or begins with more than fourteen zeros. */
function doubleText(number: number): string {
  const [, sign = '', first = '', rest = '', exponent = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(number.toExponential()) ?? []
  const minus = sign || (Object.is(number, -0) ? '-' : '')
  const digits = first + rest
  const point = Number(exponent) + 1
  if (point < -14 || (point > 15 && point >= digits.length))
    return `${minus}${first}${rest && `.${rest}`}e${Number(exponent)}`
  if (point <= 0) return `${minus}0.${'0'.repeat(-point)}${digits}`
  const whole = digits.slice(0, point).padEnd(point, '0')
  return `${minus}${whole}.${digits.slice(point) || '0'}`
}

/** Values of types that JSON has not. */
function opaqueText(of: number, content: Buffer): string {
  switch (of) {
    case column.decimal: {
      const [precision = 0, decimals = 0] = content
      return decimalText(
        storedType(column.decimal, { precision, decimals })!.read(content.subarray(2)) as bigint,
        decimals,
      )
    }
    case column.date:
      return `"${momentText(content.readBigInt64LE(0)).slice(0, 10)}"`
    case column.datetime:
    case column.timestamp:
      return `"${momentText(content.readBigInt64LE(0))}"`
    case column.time:
      return `"${timeText(content.readBigInt64LE(0))}"`
    default:
      return JSON.stringify(`base64:type${of}:${content.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\n')}`)
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return (unscaled < 0n ? '-' : '') + (scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`)
}

/** Years × 13 + months, days, hours, minutes, seconds in 17, 5, 5, 6 and 6 bits, and microseconds in 24. */
function momentText(packed: bigint): string {
  const months = Number(packed >> 46n)
  const day = Number(packed >> 41n) & 31
  return `${digits(Math.floor(months / 13), 4)}-${digits(months % 13)}-${digits(day)} ${clockText(packed, 31)}`
}

function timeText(packed: bigint): string {
  return packed < 0n ? `-${clockText(-packed, 0x3_ff)}` : clockText(packed, 0x3_ff)
}

function clockText(packed: bigint, hours: number): string {
  const clock = Number((packed >> 24n) & 0x3f_ff_ffn)
  const parts = [(clock >> 12) & hours, (clock >> 6) & 63, clock & 63].map(part => digits(part))
  return `${parts.join(':')}.${digits(Number(packed & 0xff_ff_ffn), 6)}`
}

const digits = (number: number, count = 2): string => String(number).padStart(count, '0')

function unknown(what: string): never {
  throw fatal(`A JSON value has a ${what} that is not known here.`, {
    code: 'mysql.json_unknown',
    hint: 'Please report it: the binlog or its reader is at fault.',
  })
}
