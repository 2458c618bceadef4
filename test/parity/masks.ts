import type { Answer } from './talk.js'

/** Members of objects have no order. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

/** What two servers cannot say alike: who and where they are, versions of plugins, stack traces, texts of documentation. */
const masked: Readonly<Record<string, string>> = {
  worker_id: '<worker>',
  trace: '<trace>',
  commit: '<commit>',
  documentation: '<documentation>',
  last_modified: '<time>',
}

/** The answer with a mask over each of these; what is there or not still shows. */
export function mask(answer: Answer): Answer {
  const { body, type } = answer
  return {
    ...answer,
    // Connect leaves it out in answers to what no resource of it takes, though they are JSON as well.
    type: type === null && typeof body === 'object' && body !== null ? 'application/json' : type,
    body: /^(GET|HEAD), /.test(String(body)) ? String(body).split(', ').toSorted().join(', ') : maskValue(body),
  }
}

/** A key of a converter in ConfigInfos, or a setting of a client: these come in the order of a Java hash map. */
const unordered = /^((key|value|header)\.converter\.(?!plugin\.version$)|(producer|consumer|admin)\.override\.)/

function maskValue(value: unknown): unknown {
  if (Array.isArray(value)) return ordered(value).map(maskValue)
  // Connect names the version of a class once for each kind of plugin that it is.
  if (typeof value === 'string')
    return value.replace(/available versions: \[([^,\]]+), \1\]/, 'available versions: [$1]')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => {
      const instead = held === null ? undefined : masked[key]
      return [key, instead ?? maskValue(held)]
    }),
  )
}

/** The groups of converters' keys, which come in that order too. */
const unorderedGroups = ['Schemas', 'Serialization']

function ordered(items: readonly unknown[]): readonly unknown[] {
  const groups = unorderedGroups.filter(group => items.includes(group))
  if (groups.length > 0) return [...items.filter(item => !groups.includes(String(item))), ...groups]
  const nameOf = (item: unknown): string => String((item as { value?: { name?: unknown } } | null)?.value?.name)
  const loose = items.filter(item => unordered.test(nameOf(item)))
  if (loose.length === 0) return items
  return [...items.filter(item => !loose.includes(item)), ...loose.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))]
}

/** Members of objects in one order: JSON has none, and Connect's maps have none either. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, sorted(held)]),
  )
}
