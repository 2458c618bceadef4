import protobuf from 'protobufjs'
import { errorMessage } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import type { ResolvedSchema } from '../registry/types.js'
import { knownFiles } from './known-files.js'

export type ScalarKind =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes'

export interface EnumType {
  readonly name: string
  readonly fullName: string
  /** In order; several names may have one number. */
  readonly values: readonly (readonly [name: string, number: number])[]
}

export interface ProtoField {
  readonly name: string
  readonly id: number
  readonly type:
    | { readonly kind: 'scalar'; readonly scalar: ScalarKind }
    | { readonly kind: 'enum'; readonly of: EnumType }
    | { readonly kind: 'message'; readonly of: MessageType }
  readonly repeated: boolean
  readonly packed: boolean
  /** A oneof that stands in the file, by its place among those of the message. */
  readonly oneof?: { readonly name: string; readonly index: number }
  /** Whether it has the label optional. */
  readonly optional: boolean
  /** Of proto2. */
  readonly proto2: boolean
  /** Whether not being set and being the default are two things. */
  readonly presence: boolean
  /** The parameters of confluent.field_meta. */
  readonly params: ReadonlyMap<string, string>
}

/** A message with every name resolved; one that holds itself is a cycle of objects. */
export interface MessageType {
  readonly name: string
  readonly fullName: string
  /** In the order of the file. */
  readonly fields: readonly ProtoField[]
}

/** A file of messages. */
export interface ProtoFile {
  /** The message at a path of places: `[0]` is the first of the file, `[0, 1]` the second within that. */
  messageAt(path: readonly number[]): MessageType
  /** The path of a message by its full name. */
  pathOf(fullName: string): readonly number[] | undefined
}

const own = '(schema)'
const parser = protobuf.parse as unknown as { filename: string | null }

/** Reads a file after those that it imports. Fails with `schema_registry.schema_unusable`. */
export function parseProto({ text, imports }: ResolvedSchema): ProtoFile {
  const root = new protobuf.Root()
  const syntaxes = new Map<string, string>()
  const files = new Map(imports.map(({ name, text: imported }) => [name, imported]))
  const read = (name: string, source: string): void => {
    syntaxes.set(name, /\bsyntax\s*=\s*["'](\w+)["']/.exec(source)?.[1] ?? 'proto2')
    // The library keeps on each object the file that this names.
    parser.filename = name
    const { imports: wanted = [], weakImports = [] } = protobuf.parse(source, root, { keepCase: true })
    for (const path of [...wanted, ...weakImports]) {
      if (syntaxes.has(path)) continue
      const found = files.get(path) ?? knownFiles[path]
      if (found === undefined) throw new Error(`It imports ${path}, which is not among its references.`)
      read(path, found)
    }
  }
  try {
    read(own, text)
    root.resolveAll()
  } catch (error) {
    throw schemaUnusable(`The Protobuf schema cannot be read: ${errorMessage(error)}`, error)
  } finally {
    parser.filename = null
  }
  return new ParsedFile(root, syntaxes)
}

class ParsedFile implements ProtoFile {
  readonly #messages = new Map<protobuf.Type, MessageType>()
  readonly #syntaxes: ReadonlyMap<string, string>
  readonly #top: readonly protobuf.Type[]

  constructor(root: protobuf.Root, syntaxes: ReadonlyMap<string, string>) {
    this.#syntaxes = syntaxes
    this.#top = topLevel(root)
  }

  messageAt(path: readonly number[]): MessageType {
    let level = this.#top
    let found: protobuf.Type | undefined
    for (const at of path) {
      found = level[at]
      if (found === undefined) break
      level = nestedIn(found)
    }
    if (found === undefined) throw schemaUnusable(`The Protobuf schema has no message at ${path.join('.')}.`)
    return this.#message(found)
  }

  pathOf(fullName: string): readonly number[] | undefined {
    const search = (level: readonly protobuf.Type[]): readonly number[] | undefined => {
      for (const [at, type] of level.entries()) {
        if (nameOf(type) === fullName) return [at]
        const within = search(nestedIn(type))
        if (within !== undefined) return [at, ...within]
      }
      return undefined
    }
    return search(this.#top)
  }

  #message(type: protobuf.Type): MessageType {
    const known = this.#messages.get(type)
    if (known !== undefined) return known
    const fields: ProtoField[] = []
    const made: MessageType = { name: type.name, fullName: nameOf(type), fields }
    this.#messages.set(type, made)
    const proto2 = this.#syntaxes.get(type.filename ?? own) === 'proto2'
    const oneofs = type.oneofsArray.filter(oneof => !oneof.isProto3Optional)
    for (const field of type.fieldsArray) fields.push(this.#field(field, oneofs, proto2))
    return made
  }

  #field(field: protobuf.Field, oneofs: readonly protobuf.OneOf[], proto2: boolean): ProtoField {
    const of = field instanceof protobuf.MapField ? this.#entry(field, proto2) : this.#type(field)
    const index = field.partOf === null ? -1 : oneofs.indexOf(field.partOf)
    const singular = !field.repeated && !field.map
    const optional = field.options?.['proto3_optional'] === true || (proto2 && singular && !field.required && index < 0)
    return {
      name: field.name,
      id: field.id,
      type: of,
      repeated: !singular,
      packed: field.packed,
      ...(index >= 0 && { oneof: { name: oneofs[index]!.name, index } }),
      optional,
      proto2,
      presence: singular && (proto2 || optional || index >= 0 || of.kind === 'message'),
      params: paramsOf(field),
    }
  }

  #type({ type, resolvedType }: protobuf.FieldBase): ProtoField['type'] {
    if (resolvedType instanceof protobuf.Type) return { kind: 'message', of: this.#message(resolvedType) }
    if (resolvedType instanceof protobuf.Enum) {
      const values = Object.entries(resolvedType.values)
      return { kind: 'enum', of: { name: resolvedType.name, fullName: nameOf(resolvedType), values } }
    }
    return { kind: 'scalar', scalar: type as ScalarKind }
  }

  /** `map<K, V>` is a repeated message of key and value. */
  #entry(field: protobuf.MapField, proto2: boolean): ProtoField['type'] {
    const camel = field.name.replaceAll(/(?:^|_)([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
    const part = (name: string, id: number, type: ProtoField['type']): ProtoField => ({
      name,
      id,
      type,
      repeated: false,
      packed: false,
      optional: false,
      proto2,
      presence: type.kind === 'message',
      params: new Map(),
    })
    const key = part('key', 1, { kind: 'scalar', scalar: field.keyType as ScalarKind })
    const name = `${camel}Entry`
    const fullName = `${field.parent === null ? '' : `${nameOf(field.parent)}.`}${name}`
    return { kind: 'message', of: { name, fullName, fields: [key, part('value', 2, this.#type(field))] } }
  }
}

function nameOf(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, '')
}

/** The messages of the schema's own file, in its order. */
function topLevel(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap(object => {
    if (object instanceof protobuf.Type) return object.filename === own ? [object] : []
    return object instanceof protobuf.Namespace ? topLevel(object) : []
  })
}

function nestedIn(type: protobuf.Type): protobuf.Type[] {
  return type.nestedArray.filter(object => object instanceof protobuf.Type)
}

function paramsOf(field: protobuf.Field): ReadonlyMap<string, string> {
  const options = (field.parsedOptions ?? []) as readonly Readonly<Record<string, unknown>>[]
  const params = new Map<string, string>()
  for (const option of options) {
    const meta = option['(confluent.field_meta)'] as { readonly params?: unknown } | undefined
    for (const entry of [meta?.params ?? []].flat() as readonly { readonly key?: unknown; readonly value?: unknown }[])
      params.set(String(entry.key), String(entry.value))
  }
  return params
}

/** Whether a repeated message is a map: so it is by its form, whoever wrote it. */
export function isMapEntry({ name, fields }: MessageType): boolean {
  return (
    name.endsWith('Entry') &&
    fields.length === 2 &&
    fields[0]!.name === 'key' &&
    fields[1]!.name === 'value' &&
    fields.every(({ repeated }) => !repeated)
  )
}
