import type { OffsetMap } from '../core/offset.js'

/** The shape of an offset map, as data: it types what a source yields and checks what operators write. */
export type ShapeType = 'string' | 'number' | 'boolean' | 'integer' | 'bigint'

type Primitive = OffsetMap[string]

export interface ShapeField<V extends Primitive = Primitive> {
  readonly type: ShapeType
  readonly nullable: boolean
  /** The member may be absent. */
  readonly optional?: true
  /** Never present at run time. */
  readonly valueType?: V
}

export type Shape = Readonly<Record<string, ShapeField>>

export interface Choices<V extends Primitive> extends ShapeField<V> {
  readonly orNull: ShapeField<V | null>
  readonly orAbsent: ShapeField<V> & { readonly optional: true }
}

const of = <V extends Primitive>(type: ShapeType): Choices<V> => ({
  type,
  nullable: false,
  orNull: { type, nullable: true },
  orAbsent: { type, nullable: false, optional: true },
})

/**
 * `{ partition: { filename: t.string }, offset: { position: t.integer } }`; `t.string.orNull` allows null,
 * `t.string.orAbsent` that the member is not there.
 */
export const t = {
  string: of<string>('string'),
  number: of<number>('number'),
  integer: of<number>('integer'),
  /** An integer of any size: a number while safe, else a bigint. */
  bigint: of<number | bigint>('bigint'),
  boolean: of<boolean>('boolean'),
} as const

type ValueOf<F> = F extends ShapeField<infer V extends Primitive> ? V : never
type OptionalIn<S extends Shape> = { [K in keyof S]: S[K] extends { readonly optional: true } ? K : never }[keyof S]

/** One object type of both, as an author would write it. */
type Flat<T> = { readonly [K in keyof T]: T[K] }

export type ShapeOf<S extends Shape> = Flat<
  { readonly [K in Exclude<keyof S, OptionalIn<S>>]: ValueOf<S[K]> } & {
    readonly [K in OptionalIn<S>]?: ValueOf<S[K]>
  }
>
