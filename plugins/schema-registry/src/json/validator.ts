import { Validator, type Schema as JsonSchema, type SchemaDraft } from '@cfworker/json-schema'
import { errorMessage } from 'millrace/plugin'
import { dataInvalid, schemaUnusable } from '../registry/failures.js'
import type { ResolvedSchema } from '../registry/types.js'

/** Compiles a check of JSON text against a schema. It interprets the schema: no code is made of what a registry says. */
export function jsonValidator({ text, imports }: ResolvedSchema): (json: string) => void {
  let validator: Validator
  try {
    const schema = parsed(text)
    validator = new Validator(schema, draftOf(schema))
    for (const imported of imports) validator.addSchema({ ...parsed(imported.text), $id: imported.name })
    validator.validate(null)
  } catch (error) {
    throw schemaUnusable(`The JSON Schema cannot be checked against: ${errorMessage(error)}`, error)
  }
  return json => {
    const { valid, errors } = validator.validate(JSON.parse(json))
    const last = errors.at(-1)
    if (!valid)
      throw dataInvalid(`The data is not what its JSON Schema allows: ${last?.instanceLocation} ${last?.error}`)
  }
}

function parsed(text: string): JsonSchema {
  const json: unknown = JSON.parse(text)
  return typeof json === 'object' && json !== null ? json : {}
}

function draftOf({ $schema }: JsonSchema): SchemaDraft {
  const found = /draft-0([47])|draft\/(20\d\d-\d\d)/.exec($schema ?? '')
  return (found?.[1] ?? found?.[2] ?? '7') as SchemaDraft
}
