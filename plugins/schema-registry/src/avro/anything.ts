import { Float64, isStruct, kindOf } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'
import { entriesOf } from '../data/checked.js'
import { dataInvalid } from '../registry/failures.js'
import { noProps, type AvroField, type AvroType, type PrimitiveKind, type RecordType } from './model.js'
import { anythingName, mapEntryName } from './names.js'
import type { AvroInput } from './input.js'
import type { AvroOutput } from './output.js'

/**
 * Data without a schema: a record of which at most one field is set, by the type of the value. What it holds may be
 * anything again, so it has a name and is no union.
 */

const primitive = (kind: PrimitiveKind): AvroType => ({ kind, props: noProps })
const optional = (name: string, type: AvroType): AvroField => ({
  name,
  aliases: [],
  type: { kind: 'union', branches: [primitive('null'), type], props: noProps },
  default: null,
  props: noProps,
})

function makeAnything(): RecordType {
  const fields: AvroField[] = (['boolean', 'bytes', 'double', 'float', 'int', 'long', 'string'] as const).map(kind =>
    optional(kind, primitive(kind)),
  )
  const anything: RecordType = { kind: 'record', name: anythingName, aliases: [], fields, props: noProps }
  const part = (name: string): AvroField => ({ name, aliases: [], type: anything, props: noProps })
  const entry: RecordType = {
    kind: 'record',
    name: mapEntryName,
    aliases: [],
    fields: [part('key'), part('value')],
    props: noProps,
  }
  fields.push(
    optional('array', { kind: 'array', items: anything, props: noProps }),
    optional('map', { kind: 'array', items: entry, props: noProps }),
  )
  return anything
}

export const anythingType = makeAnything()
const fieldCount = 9
const [booleanAt, bytesAt, doubleAt, longAt, stringAt, arrayAt, mapAt] = [0, 1, 2, 5, 6, 7, 8]

/** Each field is a union of null and its type: 0 for null, 1 (zigzag: 2) for a value. */
function writeField(out: AvroOutput, at: number, write: () => void): void {
  for (let i = 0; i < at; i++) out.byte(0)
  out.byte(2)
  write()
  for (let i = at + 1; i < fieldCount; i++) out.byte(0)
}

export function writeAnything(out: AvroOutput, value: Value | undefined): void {
  if (typeof value === 'boolean') return writeField(out, booleanAt, () => out.byte(value ? 1 : 0))
  if (typeof value === 'string') return writeField(out, stringAt, () => out.string(value))
  if (typeof value === 'bigint') return writeField(out, longAt, () => out.long(value))
  if (typeof value === 'number')
    return Number.isSafeInteger(value)
      ? writeField(out, longAt, () => out.long(value))
      : writeField(out, doubleAt, () => out.double(value))
  if (value === null || value === undefined) {
    for (let i = 0; i < fieldCount; i++) out.byte(0)
    return
  }
  if (value instanceof Float64) return writeField(out, doubleAt, () => out.double(value.value))
  if (value instanceof Uint8Array) return writeField(out, bytesAt, () => out.bytes(value))
  if (Array.isArray(value)) {
    const items = value as readonly Value[]
    return writeField(out, arrayAt, () => writeBlock(out, items, item => writeAnything(out, item)))
  }
  if (value instanceof Map || isStruct(value)) {
    const entries = [...entriesOf(value)]
    return writeField(out, mapAt, () =>
      writeBlock(out, entries, ([key, of]) => {
        writeAnything(out, key)
        writeAnything(out, of)
      }),
    )
  }
  throw dataInvalid(`A ${kindOf(value)} without a schema has no form in Avro.`)
}

export function writeBlock<T>(out: AvroOutput, items: readonly T[], write: (item: T) => void): void {
  if (items.length > 0) {
    out.long(items.length)
    for (const item of items) write(item)
  }
  out.byte(0)
}

/** Reads what `writeAnything` or AvroData has written. The first field that is set is the value. */
export function readAnything(input: AvroInput): Value {
  let found: Value | undefined
  for (let at = 0; at < fieldCount; at++) {
    const branch = input.int()
    if (branch === 0) continue
    if (branch !== 1) throw dataInvalid(`The data has the branch ${branch} of a union of two.`)
    const value = readField(input, at)
    found ??= value
  }
  return found ?? null
}

function readField(input: AvroInput, at: number): Value {
  switch (anythingType.fields[at]!.name) {
    case 'boolean':
      return input.byte() !== 0
    case 'bytes':
      return input.bytes()
    case 'double':
      return doubleOf(input.double())
    case 'float':
      return doubleOf(input.float())
    case 'int':
      return input.int()
    case 'long':
      return input.long()
    case 'string':
      return input.string()
    case 'array': {
      const items: Value[] = []
      for (let left = input.block(); left > 0; left = input.block())
        for (; left > 0; left--) items.push(readAnything(input))
      return items
    }
    default: {
      const entries: [Value, Value][] = []
      for (let left = input.block(); left > 0; left = input.block())
        for (; left > 0; left--) entries.push([readAnything(input), readAnything(input)])
      return mapOf(entries)
    }
  }
}

/** A double without a schema that is integral must say so. */
function doubleOf(value: number): Value {
  return Number.isInteger(value) ? new Float64(value) : value
}

/** A schemaless map is a plain object while its keys are strings. */
function mapOf(entries: readonly [Value, Value][]): Value {
  return entries.every((entry): entry is [string, Value] => typeof entry[0] === 'string')
    ? Object.fromEntries(entries)
    : new Map(entries)
}
