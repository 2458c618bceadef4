import type { Answer } from './talk.js'

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

function maskValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => {
      const instead = held === null ? undefined : masked[key]
      // The version of an instance is its plugin's; that of the server (beside `commit`) is the contract's.
      if (key === 'version' && !('commit' in value)) return [key, held === null ? null : '<version>']
      return [key, instead ?? maskValue(held)]
    }),
  )
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
