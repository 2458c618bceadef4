import type { TypeInfo } from './catalog.js'

const prefix = '__debezium.source.column.'
/** What pgjdbc says of lengths that have no limit. */
const unlimited = 2_147_483_647

const fixed: Readonly<Record<string, readonly [length: number, scale: number]>> = {
  bool: [1, 0],
  int2: [5, 0],
  int4: [10, 0],
  int8: [19, 0],
  oid: [10, 0],
  float4: [8, 8],
  float8: [17, 17],
  date: [13, 0],
}
/** Characters without a fraction; one more for its point, and its digits. */
const times: Readonly<Record<string, number>> = { time: 8, timetz: 14, timestamp: 22, timestamptz: 28 }
const counted: Readonly<Record<string, string>> = { int2: 'SMALLSERIAL', int4: 'SERIAL', int8: 'BIGSERIAL' }

/** `column.propagate.source.type`: type, length and scale of a column as pgjdbc tells them, in the parameters of its schema. */
export function sourceTypeParameters(
  column: string,
  type: TypeInfo,
  base: TypeInfo,
  modifier: number,
  isCounted: boolean,
): Readonly<Record<string, string>> {
  const [length, scale] = lengthAndScale(base.name, modifier)
  return {
    [`${prefix}type`]: (isCounted && counted[type.name]) || type.name.toUpperCase(),
    [`${prefix}length`]: String(length),
    ...(scale !== undefined && { [`${prefix}scale`]: String(scale) }),
    [`${prefix}name`]: column,
  }
}

function lengthAndScale(name: string, modifier: number): readonly [length: number, scale: number | undefined] {
  const of = fixed[name]
  if (of !== undefined) return of
  const time = times[name]
  if (time !== undefined) {
    const digits = modifier < 0 ? 6 : modifier
    return [time + (digits === 0 ? 0 : digits + 1), digits]
  }
  if (name === 'interval') return [49, 6]
  if (name === 'bit' || name === 'varbit') return [modifier < 0 ? unlimited : modifier, 0]
  if (name === 'varchar' || name === 'bpchar') return [modifier < 4 ? unlimited : modifier - 4, 0]
  if (name !== 'numeric') return [unlimited, 0]
  if (modifier < 4) return [0, undefined]
  return [((modifier - 4) >> 16) & 0xffff, (((modifier - 4) & 0x7ff) ^ 0x400) - 0x400]
}
