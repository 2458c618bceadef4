import type { ConfigFields } from '../core/config/field.js'
import type { Shape } from './shape.js'
import type { SinkSpec } from './sink.js'
import type { SourceSpec } from './source.js'
import type { ConverterSpec, PredicateSpec, TransformSpec } from './step.js'

/** The version of the kit's contract; members are only ever added as optional ones within it. */
export const apiVersion = 1

interface Tagged<K extends string> {
  readonly kind: K
  readonly api: number
}

export type SourcePlugin = Tagged<'source'> & SourceSpec<ConfigFields, Shape, Shape, unknown>
export type SinkPlugin = Tagged<'sink'> & SinkSpec<ConfigFields, unknown>
export type TransformPlugin = Tagged<'transform'> & TransformSpec<ConfigFields>
export type PredicatePlugin = Tagged<'predicate'> & PredicateSpec<ConfigFields>
export type ConverterPlugin = Tagged<'converter'> & ConverterSpec<ConfigFields>
export type ConnectorPlugin = SourcePlugin | SinkPlugin

/** What a plugin module exports by default: one of these, or an array of them. */
export type Plugin = ConnectorPlugin | TransformPlugin | PredicatePlugin | ConverterPlugin

const noFields = {} as const

// The specs are contravariant in their configuration, so the typed form is erased once, here.
export function defineSource<
  F extends ConfigFields,
  SP extends Shape = Record<never, never>,
  SO extends Shape = Record<never, never>,
  T = undefined,
>(spec: SourceSpec<F, SP, SO, T>): SourcePlugin {
  return { ...(spec as unknown as SourceSpec<ConfigFields, Shape, Shape, unknown>), kind: 'source', api: apiVersion }
}

export function defineSink<F extends ConfigFields, T = undefined>(spec: SinkSpec<F, T>): SinkPlugin {
  return { ...(spec as unknown as SinkSpec<ConfigFields, unknown>), kind: 'sink', api: apiVersion }
}

export function defineTransform<F extends ConfigFields = typeof noFields>(spec: TransformSpec<F>): TransformPlugin {
  return { ...(spec as unknown as TransformSpec<ConfigFields>), kind: 'transform', api: apiVersion }
}

export function definePredicate<F extends ConfigFields = typeof noFields>(spec: PredicateSpec<F>): PredicatePlugin {
  return { ...(spec as unknown as PredicateSpec<ConfigFields>), kind: 'predicate', api: apiVersion }
}

export function defineConverter<F extends ConfigFields = typeof noFields>(spec: ConverterSpec<F>): ConverterPlugin {
  return { ...(spec as unknown as ConverterSpec<ConfigFields>), kind: 'converter', api: apiVersion }
}
