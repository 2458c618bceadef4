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
    if (!sameType(before, type, [])) throw dataInvalid(`The schema has two different types of the name ${type.name}.`)
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

/** Whether two types say the same; pairs that are being compared are taken to. */
function sameType(a: AvroType, b: AvroType, assumed: readonly (readonly [AvroType, AvroType])[]): boolean {
  if (a === b || assumed.some(([x, y]) => x === a && y === b)) return true
  const within = [...assumed, [a, b] as const]
  if (a.kind !== b.kind || stringifyJson(a.props) !== stringifyJson(b.props)) return false
  if (a.kind === 'array' && b.kind === 'array') return sameType(a.items, b.items, within)
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.values, b.values, within)
  if (a.kind === 'union' && b.kind === 'union')
    return (
      a.branches.length === b.branches.length && a.branches.every((of, at) => sameType(of, b.branches[at]!, within))
    )
  if (a.kind === 'record' && b.kind === 'record')
    return (
      a.name === b.name &&
      a.fields.length === b.fields.length &&
      a.fields.every((field, at) => {
        const other = b.fields[at]!
        return field.name === other.name && sameType(field.type, other.type, within)
      })
    )
  if (a.kind === 'enum' && b.kind === 'enum') return a.name === b.name && a.symbols.join() === b.symbols.join()
  return a.kind !== 'fixed' || b.kind !== 'fixed' || (a.name === b.name && a.size === b.size)
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
