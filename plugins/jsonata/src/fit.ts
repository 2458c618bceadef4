import {
  Decimal,
  isStruct,
  kindOf,
  logicalNames,
  parseDecimal,
  setField,
  type Schema,
  type Value,
} from 'millrace/plugin'

/** A result that fits a schema, as data of that schema; or the first thing that does not, with its place. */
export type Fitted = { readonly value: Value } | { readonly misfit: string }

export function fitted(schema: Schema, result: unknown): Fitted {
  const fitting = new Fitting()
  const value = fitting.fit(schema, result, '')
  return fitting.misfit === undefined ? { value } : { misfit: fitting.misfit }
}

const ranges: Readonly<Record<'int8' | 'int16' | 'int32' | 'int64', bigint>> = {
  int8: 1n << 7n,
  int16: 1n << 15n,
  int32: 1n << 31n,
  int64: 1n << 63n,
}
const dayMs = 86_400_000

class Fitting {
  misfit: string | undefined

  fit(schema: Schema, data: unknown, path: string): Value {
    if (this.misfit !== undefined) return null
    if (data === null || data === undefined) {
      if (schema.default !== undefined) return schema.default as Value
      return schema.optional ? null : this.#refuse(path, 'is missing')
    }
    const { decimal, timestamp, date, time } = logicalNames
    if (schema.name === decimal) return this.#decimal(schema, data, path)
    if (schema.name === timestamp || schema.name === date || schema.name === time)
      return this.#time(schema.name, data, path)
    return this.#plain(schema, data, path)
  }

  #plain(schema: Schema, data: unknown, path: string): Value {
    const { type } = schema
    switch (type) {
      case 'int8':
      case 'int16':
      case 'int32':
      case 'int64':
        return this.#integer(type, data, path)
      case 'float32':
      case 'float64':
        return typeof data === 'number' ? data : this.#unlike(path, data, 'a number')
      case 'boolean':
        return typeof data === 'boolean' ? data : this.#unlike(path, data, 'true or false')
      case 'string':
        return typeof data === 'string' ? data : this.#unlike(path, data, 'text')
      case 'bytes':
        return this.#bytes(data, path)
      case 'array': {
        // JSONata makes of a list with one element that element.
        const items: readonly unknown[] = Array.isArray(data) ? data : [data]
        return items.map((item, at) => this.fit(schema.items!, item, `${path}[${at}]`))
      }
      case 'map':
        return this.#map(schema, data, path)
      case 'struct':
        return this.#struct(schema, data, path)
    }
  }

  #integer(type: keyof typeof ranges, data: unknown, path: string): Value {
    if (typeof data === 'number' && !Number.isSafeInteger(data))
      return this.#refuse(
        path,
        Number.isInteger(data) ? 'is beyond what a number holds exactly' : `is ${data}, and no integer`,
      )
    if (typeof data !== 'number' && typeof data !== 'bigint') return this.#unlike(path, data, 'an integer')
    const limit = ranges[type]
    return data >= -limit && data < limit ? data : this.#refuse(path, `is ${data}, which ${type} does not hold`)
  }

  #bytes(data: unknown, path: string): Value {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : undefined
    return bytes?.toString('base64') === data && bytes !== undefined ? bytes : this.#unlike(path, data, 'base64')
  }

  #decimal({ parameters }: Schema, data: unknown, path: string): Value {
    const scale = Number(parameters?.['scale'] ?? 0)
    const isNumber = typeof data === 'number' || typeof data === 'bigint' || typeof data === 'string'
    const found = isNumber && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(data)) ? parseDecimal(String(data)) : undefined
    if (found === undefined) return this.#unlike(path, data, 'a decimal number')
    const up = scale - found.scale
    if (up >= 0) return new Decimal(found.unscaled * 10n ** BigInt(up), scale)
    const by = 10n ** BigInt(-up)
    return found.unscaled % by === 0n
      ? new Decimal(found.unscaled / by, scale)
      : this.#refuse(path, `has more than ${scale} decimals`)
  }

  #time(name: string, data: unknown, path: string): Value {
    if (typeof data !== 'number' || !Number.isSafeInteger(data)) return this.#unlike(path, data, 'whole milliseconds')
    if (name === logicalNames.date && data % dayMs !== 0) return this.#refuse(path, 'is no midnight')
    if (name === logicalNames.time && !(data >= 0 && data < dayMs)) return this.#refuse(path, 'is not within a day')
    return new Date(data)
  }

  #map(schema: Schema, data: unknown, path: string): Value {
    if (!isStruct(data)) return this.#unlike(path, data, 'an object')
    const map = new Map<Value, Value>()
    for (const [name, member] of Object.entries(data)) {
      const key = schema.keys!.type === 'string' ? name : this.fit(schema.keys!, Number(name), `${path}.${name}`)
      map.set(key, this.fit(schema.items!, member, `${path}.${name}`))
    }
    return map
  }

  #struct({ fields = [] }: Schema, data: unknown, path: string): Value {
    if (!isStruct(data)) return this.#unlike(path, data, 'an object')
    const struct: Record<string, Value> = {}
    let known = 0
    for (const { name, schema } of fields) {
      const member = Object.hasOwn(data, name) ? data[name] : undefined
      if (member !== undefined) known++
      setField(struct, name, this.fit(schema, member, `${path}.${name}`))
    }
    const given = Object.keys(data).filter(name => data[name] !== undefined)
    if (given.length === known) return struct
    const names = new Set(fields.map(({ name }) => name))
    return this.#refuse(`${path}.${given.find(name => !names.has(name)) ?? ''}`, 'is no field of the schema')
  }

  #unlike(path: string, data: unknown, expected: string): null {
    return this.#refuse(path, `is ${kindOf(data)}, not ${expected}`)
  }

  #refuse(path: string, problem: string): null {
    const place = path.replace(/^\./, '')
    this.misfit ??= `${place === '' ? 'The result' : place} ${problem}`
    return null
  }
}
