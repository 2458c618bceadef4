/** The kinds of schemas that registries know; a schema without one is Avro's. */
export type SchemaKind = 'AVRO' | 'JSON' | 'PROTOBUF'

/** Another schema that a schema's text names. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A schema as it is registered. */
export interface SchemaText {
  readonly kind: SchemaKind
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A schema of a registry. Which members are known depends on how it was asked for. */
export interface RegisteredSchema extends SchemaText {
  readonly id: number
  readonly version?: number
}

/** A schema with all that it refers to, each behind what it refers to itself; `name` is how the text refers to it. */
export interface ResolvedSchema extends SchemaText {
  readonly imports: readonly { readonly name: string; readonly text: string }[]
}
