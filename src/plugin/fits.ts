import type { Shape, ShapeField, ShapeType } from './shape.js'

/**
 * Checks data from outside (an offset that an operator wants to write) against a declared shape. Returns every
 * mismatch, each a sentence that names the member; empty where it fits.
 */
export function fits(shape: Shape, json: unknown): readonly string[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return [`It must be an object, not ${naming(json)}.`]
  const given = new Map(Object.entries(json))
  const declared = Object.entries(shape)
  const wrong = declared.flatMap(([name, member]) => {
    if (!given.has(name)) return member.optional ? [] : [`"${name}" is missing.`]
    const value: unknown = given.get(name)
    const fitting = value === null ? member.nullable : accepts[member.type](value)
    return fitting ? [] : [`"${name}" must be ${expected(member)}, not ${naming(value)}.`]
  })
  const known = declared.length === 0 ? 'there are none' : declared.map(([name]) => `"${name}"`).join(', ')
  const strangers = [...given.keys()].filter(name => !Object.hasOwn(shape, name))
  return [...wrong, ...strangers.map(name => `"${name}" is not one of its members (${known}).`)]
}

const accepts: Readonly<Record<ShapeType, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  boolean: value => typeof value === 'boolean',
  number: Number.isFinite,
  integer: Number.isSafeInteger,
  bigint: value => Number.isSafeInteger(value) || typeof value === 'bigint',
}

const names: Readonly<Record<ShapeType, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  integer: 'an integer within ±9007199254740991',
  bigint: 'an integer',
}

function expected({ type, nullable }: ShapeField): string {
  return nullable ? `${names[type]} or null` : names[type]
}

/** Shows scalars, long ones shortened, and says what anything else is. */
function naming(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  const plain = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  return plain ? String(value) : typeof value
}
