import { errorMessage, parseExact } from 'millrace/plugin'
import type { JsonNode } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import type { ResolvedSchema } from '../registry/types.js'
import { isObject } from './read.js'

export type JsonObject = { readonly [key: string]: JsonNode }

/** A JSON Schema with those that it refers to. */
export class SchemaDocument {
  readonly root: JsonNode
  /** By name of the reference, and by every `$id`. */
  readonly #documents = new Map<string, JsonNode>()
  /** By document: what its ids and anchors name. */
  readonly #anchors = new Map<JsonNode, Map<string, JsonNode>>()
  /** In which document an object stands. */
  readonly #homes = new Map<JsonNode, JsonNode>()

  /** Fails with `schema_registry.schema_unusable` where a text is no JSON. */
  constructor({ text, imports }: ResolvedSchema) {
    for (const { name, text: imported } of imports) this.#documents.set(name, this.#add(imported))
    this.root = this.#add(text)
  }

  #add(text: string): JsonNode {
    let root: JsonNode
    try {
      root = parseExact(text)
    } catch (error) {
      throw schemaUnusable(`The JSON Schema is no JSON: ${errorMessage(error)}`, error)
    }
    this.#anchors.set(root, new Map())
    this.#visit(root, root)
    return root
  }

  #visit(node: JsonNode, root: JsonNode): void {
    if (Array.isArray(node)) for (const item of node as readonly JsonNode[]) this.#visit(item, root)
    if (!isObject(node)) return
    this.#homes.set(node, root)
    const anchors = this.#anchors.get(root)!
    for (const key of ['$id', 'id'] as const) {
      const id = node[key]
      if (typeof id !== 'string') continue
      if (id.startsWith('#')) anchors.set(id.slice(1), node)
      else this.#documents.set(id.replace(/#$/, ''), node)
    }
    if (typeof node['$anchor'] === 'string') anchors.set(node['$anchor'], node)
    for (const part of Object.values(node)) this.#visit(part, root)
  }

  /** What a `$ref` in an object refers to. */
  resolve(ref: string, from: JsonObject): JsonNode {
    const hash = ref.indexOf('#')
    const name = hash < 0 ? ref : ref.slice(0, hash)
    const fragment = hash < 0 ? '' : decodeURIComponent(ref.slice(hash + 1))
    const root = name === '' ? (this.#homes.get(from) ?? this.root) : this.#document(ref, name)
    const found = this.#within(root, fragment)
    if (found === undefined) throw schemaUnusable(`The JSON Schema refers to ${ref}, which there is not.`)
    return found
  }

  #document(ref: string, name: string): JsonNode {
    const exact = this.#documents.get(ref) ?? this.#documents.get(name)
    if (exact !== undefined) return exact
    // Relative to the schema's own address: the last part is what tells.
    for (const [known, document] of this.#documents) if (known.endsWith(`/${name}`)) return document
    throw schemaUnusable(`The JSON Schema refers to ${ref}, which is not among its references.`)
  }

  #within(root: JsonNode, fragment: string): JsonNode | undefined {
    if (fragment === '') return root
    if (!fragment.startsWith('/')) return this.#anchors.get(this.#homes.get(root) ?? root)?.get(fragment)
    let at: JsonNode | undefined = root
    for (const step of fragment.slice(1).split('/')) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
      if (Array.isArray(at)) at = (at as readonly JsonNode[])[Number(key)]
      else at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
    }
    return at
  }
}
