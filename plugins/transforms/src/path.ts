import { field, fieldOf, rejected } from 'millrace/plugin'
import type { Field, Schema, Value } from 'millrace/plugin'
import { entryOf, fieldValue, requireMap, requireStruct } from './data.js'

const versions = ['V1', 'V2']

/** The key that tells how paths are written (KIP-821). */
export const fieldSyntaxVersion = {
  'field.syntax.version': field.string({
    doc: 'Defines the version of the syntax to access fields. If set to V1, then the field paths are limited to access the elements at the root level of the struct or map. If set to V2, the syntax will support accessing nested elements. To access nested elements, dotted notation is used. If dots are already included in the field name, then backtick pairs can be used to wrap field names containing dots.',
    importance: 'high',
    default: 'V1',
    check: version =>
      versions.includes(version.toUpperCase()) ? undefined : 'String must be one of (case insensitive): V1, V2',
  }),
} as const

/** A path to one field: its names from the root. */
export type FieldPath = readonly [first: string, ...rest: string[]]

/** Thrown for a path whose syntax is wrong. */
export class PathError extends Error {}

/** Reads a path in the syntax of `version`, in any case. Throws `PathError`. */
export function parsePath(text: string, version: string): FieldPath {
  if (version.toUpperCase() === 'V1') return [text]
  const [first, ...rest] = steps(text)
  if (first === undefined) throw new PathError('A path needs at least one step')
  return [first, ...rest]
}

/** Dotted names. A backtick pair around a name keeps dots in it; only a backtick before a dot or the end closes it, unless escaped. */
function steps(path: string): string[] {
  const found: string[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '`') {
      const { step, next } = quotedStep(path, at)
      found.push(step)
      at = next
    } else {
      const dot = path.indexOf('.', at)
      found.push(path.slice(at, dot === -1 ? undefined : dot))
      at = dot === -1 ? path.length : dot + 1
    }
  }
  if (path.endsWith('.')) found.push('')
  return found
}

function quotedStep(path: string, open: number): { readonly step: string; readonly next: number } {
  let step = ''
  let start = open + 1
  let at = start
  for (;;) {
    at = path.indexOf('`', at)
    const escaped = at > 0 && path[at - 1] === '\\'
    const last = at === path.length - 1
    if (at === -1 || (last && escaped))
      throw new PathError(
        `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${open} to escape it`,
      )
    if (last) return { step: step + path.slice(start, at), next: path.length }
    if (path[at + 1] === '.') {
      if (!escaped) return { step: step + path.slice(start, at), next: at + 2 }
      step += `${path.slice(start, at - 1)}\``
      start = at + 1
    }
    at++
  }
}

/** The field that a path leads to; undefined where there is none. */
export function fieldAt(schema: Schema, [first, ...rest]: FieldPath): Field | undefined {
  if (schema.type !== 'struct') throw rejected('Cannot look up fields on non-struct type')
  const found = fieldOf(schema, first)
  const [next, ...further] = rest
  return found === undefined || next === undefined ? found : fieldAt(found.schema, [next, ...further])
}

const purpose = 'nested field access'

/** Compiles what reads the value at a path that leads to a field of the schema. Structs on the way stand for their defaults when null. */
export function structReader(
  schema: Schema,
  [first, ...rest]: FieldPath,
  withDefault: boolean,
): (struct: Value) => Value {
  const found = fieldOf(schema, first)
  if (found === undefined) return () => null
  const [next, ...further] = rest
  const inner = next === undefined ? undefined : structReader(found.schema, [next, ...further], withDefault)
  const orDefault = withDefault || inner !== undefined
  return struct => {
    if (struct === null) return null
    const value = fieldValue(requireStruct(struct, purpose), found, orDefault)
    return inner === undefined ? value : inner(value)
  }
}

/** The value at a path in schemaless data; null where there is none. */
export function mapValueAt(map: Value, [first, ...rest]: FieldPath): Value {
  if (map === null) return null
  const value = entryOf(requireMap(map, purpose), first)
  const [next, ...further] = rest
  return next === undefined ? value : mapValueAt(value, [next, ...further])
}
