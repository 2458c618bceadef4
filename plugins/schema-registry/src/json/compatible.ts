import type { Schema } from 'millrace/plugin'
import { isUnionStruct } from './names.js'

/** What one type of Connect is read as, whatever its width. */
const kinds: Readonly<Record<string, string>> = {
  int8: 'integer',
  int16: 'integer',
  int32: 'integer',
  int64: 'integer',
  float32: 'number',
  float64: 'number',
}

/** Why data of `written` does not fit `wanted`, by the types that Connect has for the two; undefined where it does. */
export function whyUnlike(
  wanted: Schema,
  written: Schema,
  path = '',
  seen: readonly Schema[] = [],
): string | undefined {
  const at = path === '' ? 'the value' : `the field ${path}`
  if (seen.includes(written)) return undefined
  if (isUnionStruct(wanted)) {
    const fits =
      isUnionStruct(written) ||
      wanted.fields!.some(({ schema }) => whyUnlike(schema, written, path, seen) === undefined)
    return fits ? undefined : `${at} is none of the registered types`
  }
  const kind = kinds[written.type] ?? written.type
  const wantedKind = kinds[wanted.type] ?? wanted.type
  if (kind !== wantedKind && !(kind === 'integer' && wantedKind === 'number'))
    return `${at} is a ${written.type}, and a ${wanted.type} is registered`
  if (written.optional && !wanted.optional && (wanted.default ?? null) === null)
    return `${at} may be null, and may not as registered`
  const within = [...seen, written]
  if (wanted.items !== undefined && written.items !== undefined)
    return whyUnlike(wanted.items, written.items, path, within)
  for (const { name, schema } of wanted.fields ?? []) {
    const own = written.fields?.find(field => field.name === name)
    const inner = path === '' ? name : `${path}.${name}`
    const why =
      own !== undefined
        ? whyUnlike(schema, own.schema, inner, within)
        : schema.optional || (schema.default ?? null) !== null
          ? undefined
          : `the registered field ${inner} is missing`
    if (why !== undefined) return why
  }
  return undefined
}
