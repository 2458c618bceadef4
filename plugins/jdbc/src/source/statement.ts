import type { Param } from '../connection/session.js'
import type { Mode } from './config.js'

/** A table or query as statements read it; columns as expressions, quoted. */
export interface ReadPlan {
  /** `SELECT * FROM t`, or the query. */
  readonly select: string
  readonly mode: Mode
  /** What is compared with the time bounds. */
  readonly time: string | undefined
  readonly id: string | undefined
  readonly suffix: string
}

export interface Bounds {
  /** Times later than it. */
  readonly after: Param
  /** Times before it. */
  readonly before: Param
  /** Numbers above it. */
  readonly above: Param
}

/** One read of what has come since. A number in a placeholder's place is its position from 1. */
export function readStatement(
  { select, mode, time, id, suffix }: ReadPlan,
  { after, before, above }: Bounds,
  mark: (position: number) => string,
): { readonly sql: string; readonly params: readonly Param[] } {
  const params: Param[] = []
  const put = (param: Param): string => {
    params.push(param)
    return mark(params.length)
  }
  const end = suffix === '' ? '' : ` ${suffix}`
  switch (mode) {
    case 'bulk':
      return { sql: `${select}${end}`, params }
    case 'incrementing':
      return { sql: `${select} WHERE ${id} > ${put(above)} ORDER BY ${id} ASC${end}`, params }
    case 'timestamp':
      return {
        sql: `${select} WHERE ${time} > ${put(after)} AND ${time} < ${put(before)} ORDER BY ${time} ASC${end}`,
        params,
      }
    case 'timestamp+incrementing': {
      const window = `${time} < ${put(before)}`
      const later = `((${time} = ${put(after)} AND ${id} > ${put(above)}) OR ${time} > ${put(after)})`
      return { sql: `${select} WHERE ${window} AND ${later} ORDER BY ${time},${id} ASC${end}`, params }
    }
  }
}

const clauses = /\b(where|order\s+by|group\s+by|having|limit|offset|fetch|union|intersect|except|for)\b/i

/** Whether a query has clauses of its own where others are to be put, so that it must be read as a table of its own. */
export function mustBeWrapped(query: string): boolean {
  let plain = query.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`/g, 'x')
  // What stands in parentheses is not the outer query, the innermost first.
  for (let before = ''; before !== plain;) {
    before = plain
    plain = plain.replace(/\([^()]*\)/g, ' ')
  }
  return clauses.test(plain)
}
