import { rejected } from 'millrace/plugin'
import type { SinkRecord, Value } from 'millrace/plugin'
import type { Param } from '../connection/session.js'
import type { BindOptions, Dialect } from '../dialect.js'
import { momentOfUnits } from '../types/bind.js'
import type { Target } from './table.js'

/** A record as the parameters of its row: of the key first. */
export interface Row {
  readonly record: SinkRecord
  readonly remove: boolean
  readonly params: readonly Param[]
  /** About how long it is on the wire. */
  readonly bytes: number
  /** What came before of the same key in the same batch, the latest last; written only if this one is refused. */
  readonly before: Row | undefined
}

export interface RowOptions {
  readonly dialect: Dialect
  readonly binding: BindOptions
  readonly replaceNulls: boolean
  /** Digits of a second that `timestamp.fields.list` counts in. */
  readonly unitDigits: 6 | 9
}

/** Throws what is wrong with one of its values, with the field named. */
export function rowParams(
  record: SinkRecord,
  targets: readonly Target[],
  { dialect, binding, replaceNulls, unitDigits }: RowOptions,
): readonly Param[] {
  return targets.map(target => {
    let value = target.get(record)
    if (value === null && replaceNulls && target.schema.default !== undefined) value = target.schema.default as Value
    if (value === null) {
      if (target.inKey)
        throw rejected(`The field "${target.name}" of the key is null.`, {
          code: 'jdbc.key_null',
          hint: 'A row is found by its key, so no part of it may be missing.',
        })
      return null
    }
    if (target.asTimestamp) return dialect.bindMoment(momentOfUnits(value, unitDigits), binding, target.column)
    return dialect.bind(target.schema, value, binding, target.column)
  })
}

export function bytesOf(params: readonly Param[]): number {
  let bytes = 0
  for (const param of params) bytes += typeof param === 'string' || param instanceof Uint8Array ? param.length + 8 : 12
  return bytes
}

/** Two rows have the same key where this is the same. */
export function keyText(params: readonly Param[], keys: number): string {
  let text = ''
  for (let at = 0; at < keys; at++) {
    const param = params[at]
    const part = param instanceof Uint8Array ? Buffer.from(param).toString('latin1') : String(param)
    text += `${part.length}:${part}`
  }
  return text
}
