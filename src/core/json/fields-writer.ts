import type { Struct } from '../value.js'
import { jsonString } from './text.js'
import type { Write } from './writer.js'

export interface WrittenField {
  readonly name: string
  readonly write: Write
}

/**
 * Writes the fields of structs of one schema. Every record goes through here, so the schema is compiled to one expression: a loop over fields
 * reads each by a name that only it knows and calls a function that differs each time, which takes two to three times as long.
 */
export function fieldsWriter(fields: readonly WrittenField[]): (struct: Struct) => string {
  const parts = fields.map(({ name }, at) => {
    const key = JSON.stringify(name)
    // Names that every object inherits (`constructor`, `toString`) need a look at whose they are.
    const value =
      name in Object.prototype ? `(Object.hasOwn(struct, ${key}) ? struct[${key}] : null)` : `struct[${key}]`
    return `${JSON.stringify(`${at === 0 ? '{' : ','}${jsonString(name)}:`)} + write${at}(${value})`
  })
  const writers = fields.map((_, at) => `write${at}`)
  // Of names all characters are escaped.
  // oxlint-disable-next-line typescript/no-implied-eval
  const compile = new Function(
    ...writers,
    `return struct => ${[...parts, parts.length === 0 ? "'{}'" : "'}'"].join(' + ')}`,
  )
  return compile(...fields.map(({ write }) => write)) as (struct: Struct) => string
}
