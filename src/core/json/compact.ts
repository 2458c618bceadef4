import type { Schema } from '../schema.js'
import { setField } from '../value.js'
import type { Value } from '../value.js'
import { jsonReader } from './reader.js'
import type { Read, ReadOptions } from './reader.js'
import { jsonString } from './text.js'

/**
 * Reads the struct that begins at an index of a text and ends before its last character. Undefined where the text has
 * another layout, which says nothing about whether it is right. Throws `data.value_invalid` as the reader of the schema does.
 */
export type ReadCompact = (text: string, begin: number) => Value | undefined

/**
 * Compiles a reader for structs as JsonConverter writes them: all fields in the schema's order, nothing between, no escapes,
 * numbers without exponents. Nearly all are, and that costs a third of parsing. Undefined for a schema that holds arrays or maps.
 */
export function compactReader(schema: Schema, options: ReadOptions): ReadCompact | undefined {
  const read = structStep(schema, options)
  if (schema.type !== 'struct' || read === undefined) return undefined
  const place: Place = { text: '', at: 0 }
  return (text, begin) => {
    if (!isPlain(text, begin)) return undefined
    place.text = text
    place.at = begin
    const value = read(place)
    place.text = ''
    return place.at === text.length - 1 ? value : undefined
  }
}

interface Place {
  text: string
  at: number
}

type Step = (place: Place) => Value | undefined

function structStep(schema: Schema, options: ReadOptions): Step | undefined {
  const fields: { readonly prefix: string; readonly name: string; readonly ownName: boolean; readonly read: Step }[] =
    []
  for (const [index, { name, schema: of }] of (schema.fields ?? []).entries()) {
    const read = fieldStep(of, jsonReader(of, options, `field: "${name}"`), options)
    if (read === undefined) return undefined
    fields.push({ prefix: `${index === 0 ? '{' : ','}${jsonString(name)}:`, name, ownName: name !== '__proto__', read })
  }
  if (fields.length === 0) return undefined
  return place => {
    const struct: Record<string, Value> = {}
    for (const { prefix, name, ownName, read } of fields) {
      if (!place.text.startsWith(prefix, place.at)) return undefined
      place.at += prefix.length
      const value = read(place)
      if (value === undefined) return undefined
      if (ownName) struct[name] = value
      else setField(struct, name, value)
    }
    return place.text.charCodeAt(place.at++) === closingBrace ? struct : undefined
  }
}

function fieldStep(schema: Schema, read: Read, options: ReadOptions): Step | undefined {
  if (schema.type === 'array' || schema.type === 'map') return undefined
  const struct = schema.type === 'struct' ? structStep(schema, options) : undefined
  if (schema.type === 'struct' && struct === undefined) return undefined
  return place => {
    if (struct !== undefined && place.text.charCodeAt(place.at) === openingBrace) return struct(place)
    const node = scalar(place)
    return node === undefined ? undefined : read(node)
  }
}

const quote = 0x22
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39
const openingBrace = 0x7b
const closingBrace = 0x7d

function scalar(place: Place): string | number | boolean | null | undefined {
  const { text, at } = place
  switch (text.charCodeAt(at)) {
    case quote:
      return plainString(place)
    case 0x6e:
      return literal(place, 'null', null)
    case 0x74:
      return literal(place, 'true', true)
    case 0x66:
      return literal(place, 'false', false)
    default:
      return number(place)
  }
}

/** All but control characters and backslashes. */
const plain = /[ -[\]-\uffff]*/y

/** Whether from an index on there is neither an escape nor what has to be one. A loop over the characters takes four times as long. */
function isPlain(text: string, begin: number): boolean {
  plain.lastIndex = begin
  plain.test(text)
  return plain.lastIndex === text.length
}

function plainString(place: Place): string | undefined {
  const { text } = place
  const begin = place.at + 1
  const end = text.indexOf('"', begin)
  if (end === -1) return undefined
  place.at = end + 1
  return text.slice(begin, end)
}

function literal<T>(place: Place, word: string, value: T): T | undefined {
  if (!place.text.startsWith(word, place.at)) return undefined
  place.at += word.length
  return value
}

/** With more digits a double may not say it all. */
const maxDigits = 15

/** A number that JavaScript writes as it stands here; its neighbours in the text are looked at by whoever reads on. */
function number(place: Place): number | undefined {
  const { text, at: begin } = place
  let at = text.charCodeAt(begin) === minus ? begin + 1 : begin
  const first = at
  let whole = 0
  let char = text.charCodeAt(at)
  for (; char >= zero && char <= nine; char = text.charCodeAt(++at)) whole = whole * 10 + (char - zero)
  const digits = at - first
  if (digits === 0 || digits > maxDigits || (digits > 1 && text.charCodeAt(first) === zero)) return undefined
  if (char === dot) return fraction(place, at)
  // Minus zero, and what goes on with an exponent, is for the parser.
  if ((whole === 0 && first !== begin) || char === 0x65 || char === 0x45) return undefined
  place.at = at
  return first === begin ? whole : -whole
}

function fraction(place: Place, dotAt: number): number | undefined {
  const { text, at: begin } = place
  let at = dotAt + 1
  while (text.charCodeAt(at) >= zero && text.charCodeAt(at) <= nine) at++
  const char = text.charCodeAt(at)
  if (at === dotAt + 1 || at - begin > maxDigits || char === 0x65 || char === 0x45) return undefined
  const token = text.slice(begin, at)
  const value = Number(token)
  if (String(value) !== token) return undefined
  place.at = at
  return value
}
