import type { SchemaAndValue } from '../record.js'
import { schema } from '../schema.js'
import type { Value } from '../value.js'
import { CommonSchema, NotCollection, align, arrayOfAnything, inferNumber, mapOf } from './inference.js'
import { parseTemporal } from './temporal.js'
import { Tokens, trimmed } from './tokens.js'

const string = schema.string()
const boolean = schema.boolean()
const nothing: SchemaAndValue = { value: null }

/**
 * Finds schema and value of a header's text (Values.parseString): the smallest integer, a float, a decimal, a date or
 * time, a boolean, a list or a map; else the text itself.
 */
export function inferHeaderValue(text: string): SchemaAndValue {
  return text === '' ? { schema: string, value: '' } : new HeaderParser(text).parse(false)
}

class HeaderParser {
  readonly #tokens: Tokens

  constructor(text: string) {
    this.#tokens = new Tokens(text)
  }

  /** `embedded`: within a list or map, where strings are quoted. */
  parse(embedded: boolean): SchemaAndValue {
    const tokens = this.#tokens
    if (!tokens.hasNext) return nothing
    if (embedded && tokens.skip('"')) return this.#quoted()
    if (this.#literal(embedded, 'null')) return nothing
    if (this.#literal(embedded, 'true')) return { schema: boolean, value: true }
    if (this.#literal(embedded, 'false')) return { schema: boolean, value: false }
    const start = tokens.mark()
    try {
      if (tokens.skip('[')) return this.#list()
      if (tokens.skip('{')) return this.#map()
    } catch (error) {
      if (!(error instanceof NotCollection)) throw error
      tokens.rewind(start)
    }
    const token = tokens.take()
    return trimmed(token) === '' ? { schema: string, value: token } : this.#plain(embedded, trimmed(token))
  }

  /** At the top a word counts only if nothing follows. */
  #literal(embedded: boolean, word: string): boolean {
    const start = this.#tokens.mark()
    if (this.#tokens.skip(word) && (embedded || !this.#tokens.hasNext)) return true
    this.#tokens.rewind(start)
    return false
  }

  #plain(embedded: boolean, token: string): SchemaAndValue {
    const digit = /^\d/.test(token)
    const temporal = digit ? this.#temporal(token) : undefined
    if (temporal !== undefined) return temporal
    const number = digit || /^[-+]/.test(token) ? inferNumber(token) : undefined
    if (number !== undefined) return number
    if (embedded) throw new NotCollection()
    return { schema: string, value: this.#tokens.text }
  }

  /** A time's colons split it into five tokens. */
  #temporal(token: string): SchemaAndValue | undefined {
    const start = this.#tokens.mark()
    const rest = this.#tokens.takeSome(4)
    const long = rest === undefined ? undefined : parseTemporal(token + rest)
    if (long !== undefined) return long
    this.#tokens.rewind(start)
    return parseTemporal(token)
  }

  #quoted(): SchemaAndValue {
    let content = ''
    while (this.#tokens.hasNext && !this.#tokens.skip('"')) content += this.#tokens.take()
    return parseTemporal(content) ?? { schema: string, value: content }
  }

  #list(): SchemaAndValue {
    const tokens = this.#tokens
    const items: Value[] = []
    const common = new CommonSchema()
    while (tokens.hasNext) {
      if (tokens.skip(']')) {
        const itemSchema = common.schema
        if (itemSchema === undefined) return { schema: arrayOfAnything, value: items }
        return { schema: schema.array(itemSchema), value: items.map(item => align(itemSchema, item)) }
      }
      if (tokens.skip(',')) throw new NotCollection()
      const element = this.parse(true)
      common.add(element.schema)
      items.push(element.value)
      const after = tokens.mark()
      if (tokens.skip(']')) tokens.rewind(after)
      else if (!tokens.skip(',')) throw new NotCollection()
    }
    throw new NotCollection()
  }

  #map(): SchemaAndValue {
    const tokens = this.#tokens
    const entries: [Value, Value][] = []
    const keys = new CommonSchema()
    const values = new CommonSchema()
    while (tokens.hasNext) {
      if (tokens.skip('}')) return mapped(entries, keys, values)
      if (tokens.skip(',')) throw new NotCollection()
      const key = this.parse(true)
      if (key.value === null || !tokens.skip(':')) throw new NotCollection()
      const value = this.parse(true)
      entries.push([key.value, value.value])
      tokens.skip(',')
      keys.add(key.schema)
      values.add(value.schema)
    }
    throw new NotCollection()
  }
}

function mapped(entries: readonly [Value, Value][], keys: CommonSchema, values: CommonSchema): SchemaAndValue {
  const key = keys.schema
  const item = key === undefined ? undefined : values.schema
  const aligned = entries.map(([name, value]): [Value, Value] => [
    key === undefined ? name : align(key, name),
    item === undefined ? value : align(item, value),
  ])
  return { schema: mapOf(key, item), value: new Map(aligned) }
}
