/**
 * What in `value` JSON could not carry unchanged, as `path is what`; undefined where all of it is plain: null, booleans,
 * finite numbers, strings, arrays and plain objects. An undefined member counts as absent.
 */
export function findForeignData(value: unknown, path: string): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`
  if (typeof value !== 'object') return `${path} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`
  if (Array.isArray(value)) return first(value.map((item, index) => [`${path}[${index}]`, item]))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return `${path} is a ${(prototype as { constructor?: { name?: string } }).constructor?.name ?? 'class instance'}`
  return first(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [`${path}.${key}`, member]),
  )
}

function first(members: readonly (readonly [path: string, value: unknown])[]): string | undefined {
  for (const [path, member] of members) {
    const found = findForeignData(member, path)
    if (found !== undefined) return found
  }
  return undefined
}
