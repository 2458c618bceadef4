import { Float64, rejected, setField, type Value } from 'millrace/plugin'
import { isFunction } from './expression.js'

/** What an expression gave, as a record's data without a schema. Throws for what is no data, by its place. */
export function dataOf(result: unknown, path = 'The result'): Value {
  if (result === null || typeof result === 'string' || typeof result === 'boolean' || typeof result === 'bigint')
    return result
  // A double beyond 2^53: its text as an integer would show digits that it does not have.
  if (typeof result === 'number')
    return Number.isInteger(result) && !Number.isSafeInteger(result) ? new Float64(result) : result
  if (typeof result === 'object') return composite(result, path)
  throw rejected(`${path} is ${result === undefined ? 'nothing' : `a ${typeof result}`}.`, { code: 'jsonata.no_data' })
}

function composite(result: object, path: string): Value {
  // Lists of JSONata carry marks of its own.
  if (Array.isArray(result)) return result.map((item: unknown, at) => dataOf(item ?? null, `${path}[${at}]`))
  if (isFunction(result)) throw rejected(`${path} is a function.`, { code: 'jsonata.no_data' })
  const struct: Record<string, Value> = {}
  for (const [name, member] of Object.entries(result))
    if (member !== undefined)
      setField(struct, name, dataOf(member, path === 'The result' ? `"${name}"` : `${path}.${name}`))
  return struct
}
