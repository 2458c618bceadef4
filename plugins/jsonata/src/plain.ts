import { Decimal, Float64, isStruct, setField, type Value } from 'millrace/plugin'

/** As many decimal digits as every double keeps. */
const exactDigits = 15

/**
 * A record's data as JSONata takes it: numbers, texts, lists, objects. What is that already stays as it is, uncopied.
 * Dates are milliseconds; decimals numbers, or text where a number would lose digits; bytes base64; integers beyond 2^53
 * bigints, which JSONata hands on and does not calculate with.
 */
export function plainOf(value: Value | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Date) return value.getTime()
  if (value instanceof Decimal) return decimal(value)
  if (value instanceof Float64) return value.value
  if (value instanceof Map) return ofEntries([...(value as ReadonlyMap<Value, Value>)])
  if (Array.isArray(value)) return ofList(value as readonly Value[])
  return isStruct(value) ? ofStruct(value) : value
}

function ofList(list: readonly Value[]): readonly unknown[] {
  const at = list.findIndex(item => plainOf(item) !== item)
  return at < 0 ? list : list.map(plainOf)
}

function ofStruct(struct: Readonly<Record<string, Value | undefined>>): object {
  for (const name in struct) if (plainOf(struct[name]) !== struct[name]) return ofEntries(Object.entries(struct))
  return struct
}

/** Keys that are no text become text, as in JSON. */
function ofEntries(entries: readonly (readonly [Value, Value | undefined])[]): object {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of entries)
    setField(plain, typeof key === 'string' ? key : String(plainOf(key)), plainOf(value))
  return plain
}

function decimal(value: Decimal): number | string {
  const text = value.toString()
  const digits = text.replace(/^-?0*\.?0*|[-.]/g, '').replace(/0+$/, '').length
  return digits <= exactDigits ? Number(text) : text
}
