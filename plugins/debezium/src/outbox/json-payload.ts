import { errorCode, Float64, isStruct, parseJson, setField } from 'millrace/plugin'
import type { JsonNode, Schema, Value } from 'millrace/plugin'
import { isArray, jsonSchema, NotExpandable } from './json-schema.js'
import type { Column } from './row.js'

/** Payloads have the shapes that applications give them, so what is kept is bounded. */
const most = 1_000

/** Makes data of payloads that are JSON (`table.expand.json.payload`). */
export class JsonPayloads {
  readonly #name: string
  readonly #keepsNulls: boolean
  /** By its text: equal schemas are one object, for which converters compile once. */
  readonly #schemas = new Map<string, Schema>()

  constructor(name: string, keepsNulls: boolean) {
    this.#name = name
    this.#keepsNulls = keepsNulls
  }

  /** Undefined for text that is no JSON object or array, or has no schema. */
  expanded(text: string): Column | undefined {
    if (!text.startsWith('{') && !text.startsWith('[')) return undefined
    try {
      const node = parseJson(text)
      const found = jsonSchema(this.#name, node, this.#keepsNulls)
      return found === undefined ? undefined : { schema: this.#shared(found), value: fitted(node, found) }
    } catch (error) {
      if (error instanceof NotExpandable || errorCode(error) === 'json.malformed') return undefined
      throw error
    }
  }

  #shared(of: Schema): Schema {
    const id = JSON.stringify(of)
    const known = this.#schemas.get(id)
    if (known !== undefined) return known
    if (this.#schemas.size >= most) this.#schemas.clear()
    this.#schemas.set(id, of)
    return of
  }
}

/** The value under its schema. Throws `NotExpandable` for a part of another type, where objects of one array were merged. */
function fitted(node: JsonNode, of: Schema): Value {
  if (node === null) return null
  if (of.type === 'struct') {
    if (!isStruct(node)) throw new NotExpandable()
    const members = node as Readonly<Record<string, JsonNode>>
    const struct: Record<string, Value> = {}
    for (const { name, schema } of of.fields!)
      if (Object.hasOwn(members, name)) setField(struct, name, fitted(members[name]!, schema))
    return struct
  }
  if (of.type === 'array') {
    if (!isArray(node)) throw new NotExpandable()
    return node.map(element => fitted(element, of.items!))
  }
  // A primitive has the schema of its own type or none that fits.
  if (jsonSchema(undefined, node, false)?.type !== of.type) throw new NotExpandable()
  return node instanceof Float64 ? node.value : (node as Value)
}
