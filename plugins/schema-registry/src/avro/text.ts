import { stringifyJson } from 'millrace/plugin'
import { dataInvalid } from '../registry/failures.js'
import { namespaceOf, simpleNameOf, type AvroField, type AvroType, type Json, type NamedType } from './model.js'

/**
 * A schema as JSON, its attributes in the order in which Avro's Java library writes them: registries that compare texts
 * must find the one that a Java worker has registered. A named type stands whole where it comes first, then by name.
 */
export function avroText(type: AvroType): string {
  return stringifyJson(jsonOf(type, '', new Map()))
}

/** By full name: the definition that is written out already. */
type Written = Map<string, NamedType>

function jsonOf(type: AvroType, namespace: string, written: Written): Json {
  switch (type.kind) {
    case 'union':
      return type.branches.map(branch => jsonOf(branch, namespace, written))
    case 'array':
      return object(['type', 'array'], ['items', jsonOf(type.items, namespace, written)], ...type.props)
    case 'map':
      return object(['type', 'map'], ['values', jsonOf(type.values, namespace, written)], ...type.props)
    case 'record':
    case 'enum':
    case 'fixed':
      return namedJson(type, namespace, written)
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
    case 'bytes':
      return type.props.size === 0 ? type.kind : object(['type', type.kind], ...type.props)
  }
  return type satisfies never
}

function namedJson(type: NamedType, outer: string, written: Written): Json {
  const namespace = namespaceOf(type.name)
  const before = written.get(type.name)
  if (before !== undefined) {
    if (before !== type && avroText(before) !== avroText(type))
      throw dataInvalid(`The schema has two different types of the name ${type.name}.`)
    return namespace === outer ? simpleNameOf(type.name) : type.name
  }
  checkName(type.name, /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/)
  written.set(type.name, type)
  const head: Entry[] = [
    ['type', type.kind],
    ['name', simpleNameOf(type.name)],
  ]
  if (namespace !== outer) head.push(['namespace', namespace])
  if (type.doc !== undefined) head.push(['doc', type.doc])
  switch (type.kind) {
    case 'record':
      return object(...head, ['fields', type.fields.map(field => fieldJson(field, namespace, written))], ...type.props)
    case 'enum':
      return object(
        ...head,
        ['symbols', type.symbols],
        ...(type.default === undefined ? [] : [['default', type.default] as const]),
        ...type.props,
      )
    case 'fixed':
      return object(...head, ['size', type.size], ...type.props)
  }
  return type satisfies never
}

function fieldJson(field: AvroField, namespace: string, written: Written): Json {
  checkName(field.name, /^[A-Za-z_]\w*$/)
  return object(
    ['name', field.name],
    ['type', jsonOf(field.type, namespace, written)],
    ...(field.doc === undefined ? [] : [['doc', field.doc] as const]),
    ...(field.default === undefined ? [] : [['default', field.default] as const]),
    ...field.props,
  )
}

function checkName(name: string, allowed: RegExp): void {
  if (!allowed.test(name))
    throw dataInvalid(
      `Avro does not allow the name ${JSON.stringify(name)}; scrub.invalid.names=true replaces such names.`,
    )
}

type Entry = readonly [string, Json]

/** A Map, since an object would sort names that look like numbers. */
function object(...entries: readonly Entry[]): Json {
  return new Map<Json, Json>(entries)
}
