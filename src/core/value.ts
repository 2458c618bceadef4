/**
 * Values of records. What Java's types become here:
 *
 * | Connect | here |
 * |---|---|
 * | INT8, INT16, INT32 | number |
 * | INT64 | number while it is a safe integer, else bigint; readers take both |
 * | FLOAT32, FLOAT64 | number |
 * | BOOLEAN, STRING | boolean, string |
 * | BYTES | Uint8Array (often a Buffer) |
 * | ARRAY | array |
 * | MAP with a schema | Map |
 * | STRUCT | plain object; an absent field is null |
 * | schemaless map | plain object, or Map where a key is not a string |
 * | Date, Time, Timestamp | Date |
 * | Decimal | Decimal |
 *
 * Schemaless numbers: an integral number is an integer, any other a double; a double that happens to be integral
 * (`2.0`) is a `Float64`, so that it leaves as it came.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | Decimal
  | Float64
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | Struct

export interface Struct {
  readonly [field: string]: Value | undefined
}

/** A schemaless double whose value is integral. */
export class Float64 {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** `unscaled × 10^-scale`, exact (java.math.BigDecimal). */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }

  /** Plain text with all `scale` digits: `12.30`. */
  toString(): string {
    const digits = (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString()
    const sign = this.unscaled < 0n ? '-' : ''
    if (this.scale <= 0) return sign + (this.unscaled === 0n ? '0' : digits + '0'.repeat(-this.scale))
    const padded = digits.padStart(this.scale + 1, '0')
    return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`
  }
}

/** Sets a field of a plain object, `__proto__` included, as data. */
export function setField(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  else target[name] = value
}
