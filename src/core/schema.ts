/** Connect's schema types (org.apache.kafka.connect.data.Schema.Type), lower case. */
export type SchemaType =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'boolean'
  | 'string'
  | 'bytes'
  | 'array'
  | 'map'
  | 'struct'

export interface Field {
  readonly name: string
  readonly schema: Schema
}

/**
 * Describes a value; immutable, and compared by identity first, so share instances (caches are keyed by it).
 * `fields` belong to a struct, in order; `items` are an array's elements or a map's values; `keys` a map's keys.
 */
export interface Schema {
  readonly type: SchemaType
  readonly optional: boolean
  readonly default?: unknown
  readonly name?: string
  readonly version?: number
  readonly doc?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly fields?: readonly Field[]
  readonly items?: Schema
  readonly keys?: Schema
}

type Options = Partial<Pick<Schema, 'optional' | 'default' | 'name' | 'version' | 'doc' | 'parameters'>>

function make(type: SchemaType, options: Options, parts: Pick<Schema, 'fields' | 'items' | 'keys'> = {}): Schema {
  return Object.freeze({ type, optional: false, ...parts, ...options })
}

const primitive =
  (type: SchemaType) =>
  (options: Options = {}): Schema =>
    make(type, options)

/** Builders, one for each type: `schema.struct({ id: schema.int64(), note: schema.string({ optional: true }) })`. */
export const schema = {
  int8: primitive('int8'),
  int16: primitive('int16'),
  int32: primitive('int32'),
  int64: primitive('int64'),
  float32: primitive('float32'),
  float64: primitive('float64'),
  boolean: primitive('boolean'),
  string: primitive('string'),
  bytes: primitive('bytes'),
  array: (items: Schema, options: Options = {}): Schema => make('array', options, { items }),
  map: (keys: Schema, items: Schema, options: Options = {}): Schema => make('map', options, { keys, items }),
  struct: (fields: Readonly<Record<string, Schema>> | readonly Field[], options: Options = {}): Schema =>
    make('struct', options, {
      fields: Object.freeze(
        isFieldList(fields) ? [...fields] : Object.entries(fields).map(([name, of]) => ({ name, schema: of })),
      ),
    }),
  /** Days since the epoch, as a `Date` at midnight UTC. */
  date: (options: Options = {}): Schema => make('int32', { name: logicalNames.date, version: 1, ...options }),
  /** Milliseconds of the day, as a `Date` on 1970-01-01 UTC. */
  time: (options: Options = {}): Schema => make('int32', { name: logicalNames.time, version: 1, ...options }),
  /** An instant in milliseconds, as a `Date`. */
  timestamp: (options: Options = {}): Schema => make('int64', { name: logicalNames.timestamp, version: 1, ...options }),
  /** A `Decimal` whose scale must be exactly `scale`. */
  decimal: (scale: number, options: Options = {}): Schema =>
    make('bytes', { name: logicalNames.decimal, version: 1, parameters: { scale: String(scale) }, ...options }),
} as const

function isFieldList(fields: Readonly<Record<string, Schema>> | readonly Field[]): fields is readonly Field[] {
  return Array.isArray(fields)
}

/** The names by which Connect knows its logical types. */
export const logicalNames = {
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
  decimal: 'org.apache.kafka.connect.data.Decimal',
} as const

/** The same schema with `changes`. */
export function withSchema(of: Schema, changes: Partial<Schema>): Schema {
  return Object.freeze({ ...of, ...changes })
}

/** A struct's field by name. */
export function fieldOf(of: Schema, name: string): Field | undefined {
  return of.fields?.find(field => field.name === name)
}
