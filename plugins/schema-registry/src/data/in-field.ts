import { dataInvalid } from '../registry/failures.js'

/** Says in which field it was; a path grows from the inside. */
export function inField(name: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const inner = /^Field ([^:]+): ([\s\S]*)$/.exec(error.message)
  return dataInvalid(inner ? `Field ${name}.${inner[1]}: ${inner[2]}` : `Field ${name}: ${error.message}`, error)
}
