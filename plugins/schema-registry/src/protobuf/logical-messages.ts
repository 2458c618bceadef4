import type protobuf from 'protobufjs'
import { bigintBytes, bigintFromBytes, Decimal } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'
import { dateFromMs, daysOf, timeOf, timestampOf } from '../data/logical.js'
import { dataInvalid } from '../registry/failures.js'
import { fromWords } from './int64.js'

/** Messages that stand for Connect's logical types. As in any message, what is zero is left out. */

export function writeDecimal(writer: protobuf.Writer, { unscaled, scale }: Decimal): void {
  writer.uint32(0x0a).bytes(bigintBytes(unscaled))
  const precision = (unscaled < 0n ? -unscaled : unscaled).toString().length
  writer.uint32(0x10).uint32(precision)
  if (scale !== 0) writer.uint32(0x18).int32(scale)
}

export function writeDate(writer: protobuf.Writer, value: Value): void {
  const date = new Date(daysOf(value) * 86_400_000)
  numbers(writer, [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
}

export function writeTime(writer: protobuf.Writer, value: Value): void {
  const ms = timeOf(value)
  const seconds = Math.floor(ms / 1_000)
  numbers(writer, [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60, (ms % 1_000) * 1_000_000])
}

export function writeTimestamp(writer: protobuf.Writer, value: Value): void {
  const ms = timestampOf(value)
  const seconds = Math.floor(ms / 1_000)
  if (seconds !== 0) writer.uint32(0x08).int64(seconds)
  const nanos = (ms - seconds * 1_000) * 1_000_000
  if (nanos !== 0) writer.uint32(0x10).int32(nanos)
}

/** Fields 1, 2, … */
function numbers(writer: protobuf.Writer, values: readonly number[]): void {
  for (const [at, value] of values.entries()) if (value !== 0) writer.uint32((at + 1) << 3).int32(value)
}

export function readDecimal(reader: protobuf.Reader, end: number): Value {
  let bytes: Uint8Array = Buffer.alloc(0)
  let scale = 0
  eachField(reader, end, (id, wire) => {
    if (id === 1 && wire === 2) bytes = Buffer.from(reader.bytes())
    else if (id === 3 && wire === 0) scale = reader.int32()
    else return false
    return true
  })
  const unscaled = bigintFromBytes(bytes)
  if (unscaled === undefined) throw dataInvalid('A decimal has no bytes.')
  return new Decimal(unscaled, scale)
}

export function readDate(reader: protobuf.Reader, end: number): Value {
  const [year = 0, month = 0, day = 0] = readNumbers(reader, end, 3)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    throw dataInvalid(`There is no date ${year}-${month}-${day}.`)
  return date
}

export function readTime(reader: protobuf.Reader, end: number): Value {
  const [hours = 0, minutes = 0, seconds = 0, nanos = 0] = readNumbers(reader, end, 4)
  return dateFromMs(((hours * 60 + minutes) * 60 + seconds) * 1_000 + Math.floor(nanos / 1_000_000))
}

export function readTimestamp(reader: protobuf.Reader, end: number): Value {
  const at = { seconds: 0, nanos: 0 }
  eachField(reader, end, (id, wire) => {
    if (id === 1 && wire === 0) at.seconds = Number(fromWords(reader.int64()))
    else if (id === 2 && wire === 0) at.nanos = reader.int32()
    else return false
    return true
  })
  return dateFromMs(at.seconds * 1_000 + Math.floor(at.nanos / 1_000_000))
}

function readNumbers(reader: protobuf.Reader, end: number, count: number): number[] {
  const values: number[] = []
  eachField(reader, end, (id, wire) => {
    if (id > count || wire !== 0) return false
    values[id - 1] = reader.int32()
    return true
  })
  return values
}

/** Reads fields up to `end`; those that `take` does not take are passed over. */
export function eachField(reader: protobuf.Reader, end: number, take: (id: number, wire: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!take(tag >>> 3, tag & 7)) reader.skipType(tag & 7)
  }
  if (reader.pos !== end) throw dataInvalid('A message ends in the middle of a field.')
}
