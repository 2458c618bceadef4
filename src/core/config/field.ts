/** Connect's ConfigDef types. */
export type FieldType = 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'BOOLEAN' | 'LIST' | 'CLASS' | 'PASSWORD'
export type Importance = 'high' | 'medium' | 'low'
export type Width = 'none' | 'short' | 'medium' | 'long'

/** A secret from a configuration. Shows as `[hidden]` however it is printed; only `reveal()` gives it away (I8). */
export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  reveal(): string {
    return this.#text
  }
  toString(): string {
    return '[hidden]'
  }
  toJSON(): string {
    return '[hidden]'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[hidden]'
  }
}

interface Common<V> {
  /** One or two sentences for the reference page, the form and ConfigDef. */
  readonly doc: string
  /** Default `medium`. */
  readonly importance?: Importance
  /** With neither `default` nor `optional` the key is required. */
  readonly default?: V
  /** The key may be absent; its value is then undefined (Connect's default of null). */
  readonly optional?: true
  /** Says what is wrong with a parsed value, in a sentence without the key's name; undefined: nothing. */
  readonly check?: (value: V) => string | undefined
  readonly group?: string
  /** Place within the group, from 1. Default: the place among those declared for it. */
  readonly order?: number
  readonly width?: Width
  readonly displayName?: string
  /** Keys whose validity depends on this one. */
  readonly dependents?: readonly string[]
  /** Values to offer in a form. Default: those that `oneOf` allows. */
  readonly recommended?: readonly V[]
}

export interface TextOptions<V extends string> extends Common<V> {
  /** The only values allowed. */
  readonly oneOf?: readonly V[]
  /** Refuse the empty string. */
  readonly nonEmpty?: true
}

export interface NumberOptions extends Common<number> {
  readonly min?: number
  readonly max?: number
}

export interface ListOptions extends Common<readonly string[]> {
  /** The only items allowed. */
  readonly itemOneOf?: readonly string[]
  /** Refuse the same item twice. */
  readonly unique?: true
  readonly nonEmpty?: true
}

/** One declared key. `V` is the type that the plugin's code sees. */
export interface ConfigField<V = unknown> {
  readonly type: FieldType
  // The options as written; their value type is erased here and kept in `valueType`.
  readonly options: Common<any> &
    Pick<TextOptions<any>, 'oneOf'> &
    Pick<NumberOptions, 'min' | 'max'> &
    Pick<ListOptions, 'itemOneOf' | 'unique'> & { readonly nonEmpty?: true }
  /** Never present at run time. */
  readonly valueType?: V
}

export type ConfigFields = Readonly<Record<string, ConfigField>>

type Seen<V, O> = O extends { readonly default: unknown }
  ? V
  : O extends { readonly optional: true }
    ? V | undefined
    : V

/** The options as written, refusing members that this type of key does not have. */
type Only<O, Allowed> = O & { readonly [K in Exclude<keyof O, keyof Allowed>]: never }

type Choice<O> = O extends { readonly oneOf: readonly (infer T)[] } ? T : string
/** With `oneOf`, the default and what is recommended are among it. */
type Among<O> = O extends { readonly oneOf: readonly (infer T)[] }
  ? { readonly default?: T; readonly recommended?: readonly T[] }
  : unknown

const declare = <V>(type: FieldType, options: ConfigField['options']): ConfigField<V> => ({ type, options })

/**
 * Declares one configuration key. One declaration gives the type that the plugin's code sees, parsing, validation with
 * all errors at once, Connect's ConfigDef JSON and the reference page.
 */
export const field = {
  string: <const O extends TextOptions<string>>(
    options: Only<O, TextOptions<string>> & Among<O>,
  ): ConfigField<Seen<Choice<O>, O>> => declare('STRING', options),
  /** 32 bits. */
  int: <const O extends NumberOptions>(options: Only<O, NumberOptions>): ConfigField<Seen<number, O>> =>
    declare('INT', options),
  /** 16 bits. */
  short: <const O extends NumberOptions>(options: Only<O, NumberOptions>): ConfigField<Seen<number, O>> =>
    declare('SHORT', options),
  /** 64 bits in Connect; here up to 2^53, and Long.MAX_VALUE ("no limit") becomes Number.MAX_SAFE_INTEGER. */
  long: <const O extends NumberOptions>(options: Only<O, NumberOptions>): ConfigField<Seen<number, O>> =>
    declare('LONG', options),
  double: <const O extends NumberOptions>(options: Only<O, NumberOptions>): ConfigField<Seen<number, O>> =>
    declare('DOUBLE', options),
  boolean: <const O extends Common<boolean>>(options: Only<O, Common<boolean>>): ConfigField<Seen<boolean, O>> =>
    declare('BOOLEAN', options),
  /** Comma-separated. */
  list: <const O extends ListOptions>(options: Only<O, ListOptions>): ConfigField<Seen<readonly string[], O>> =>
    declare('LIST', options),
  /** A plugin's class name or alias. */
  class: <const O extends Common<string>>(options: Only<O, Common<string>>): ConfigField<Seen<string, O>> =>
    declare('CLASS', options),
  password: <const O extends Common<string>>(options: Only<O, Common<string>>): ConfigField<Seen<Secret, O>> =>
    declare('PASSWORD', options),
} as const

/** The typed configuration that `F` declares. */
export type ConfigOf<F extends ConfigFields> = {
  readonly [K in keyof F]: F[K] extends ConfigField<infer V> ? V : never
}

/** A configuration as it was written: flat, every value text; null where a JSON body said null. */
export type RawConfig = Readonly<Record<string, string | null>>
