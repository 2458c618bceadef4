import { MillraceError } from '../core/error.js'
import { parseJson } from '../core/json/parse.js'
import type { OffsetMap } from '../core/offset.js'
import { Float64, setField } from '../core/value.js'
import { stringifyJson } from '../core/json/schemaless.js'

/** A record of the offsets topic, as text. A null value is a tombstone: the offset was reset. */
export interface OffsetRecord {
  readonly key: string
  readonly value: string | null
}

/** What an offset record says. */
export interface OffsetEntry {
  readonly connector: string
  readonly partition: OffsetMap
  readonly offset: OffsetMap | null
}

/** `["connector",{partition}]`: two partitions are the same where these texts are. */
export function offsetKey(connector: string, partition: OffsetMap): string {
  return `[${stringifyJson(connector)},${offsetMapText(partition)}]`
}

/** Fails with `offsets.not_primitive`: what is not a flat map of JSON primitives cannot come back as it was. */
export function encodeOffsetRecord(connector: string, partition: OffsetMap, offset: OffsetMap | null): OffsetRecord {
  return { key: offsetKey(connector, partition), value: offset === null ? null : offsetMapText(offset) }
}

/** Reads a record of the offsets topic. Throws for what is none. */
export function decodeOffsetRecord(record: OffsetRecord): OffsetEntry {
  const key = parseJson(record.key)
  if (!Array.isArray(key) || key.length !== 2 || typeof key[0] !== 'string')
    throw new MillraceError('stores.record_malformed', `The key ${record.key} is not a connector name and a partition.`)
  return {
    connector: key[0],
    partition: toOffsetMap(key[1], record.key),
    offset: record.value === null ? null : toOffsetMap(parseJson(record.value), record.value),
  }
}

/** The same for partitions with equal fields in any order: Java writes them in hash order. */
export function partitionIdentity(connector: string, partition: OffsetMap): string {
  const sorted = Object.entries(partition).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return stringifyJson([connector, sorted])
}

function offsetMapText(map: OffsetMap): string {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw notPrimitive('it is no map')
  for (const [name, value] of Object.entries(map) as [string, unknown][]) {
    const fits =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      typeof value === 'bigint' ||
      (typeof value === 'number' && Number.isFinite(value))
    if (!fits) throw notPrimitive(`field ${name} holds ${typeof value === 'number' ? value : `a ${typeof value}`}`)
  }
  return stringifyJson(map)
}

function notPrimitive(why: string): MillraceError {
  return new MillraceError(
    'offsets.not_primitive',
    `A source partition or offset must be a flat map of text, finite numbers, booleans and null; ${why}.`,
  )
}

function toOffsetMap(node: unknown, text: string): OffsetMap {
  if (typeof node !== 'object' || node === null || Array.isArray(node))
    throw new MillraceError('stores.record_malformed', `${text} is not a map.`)
  const map: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(node)) {
    const plain: unknown = value instanceof Float64 ? value.value : value
    if (typeof plain === 'object' && plain !== null)
      throw new MillraceError('stores.record_malformed', `Field ${name} of ${text} is not a primitive.`)
    setField(map, name, plain)
  }
  return map as OffsetMap
}
