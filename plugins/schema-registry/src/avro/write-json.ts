import { Float64 } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import { writeBlock } from './anything.js'
import { entriesIn, fitsDefault } from './default-json.js'
import type { AvroType, Json } from './model.js'
import type { AvroOutput } from './output.js'

/** Writes the default of a field, as the schema has it in JSON. */
export function writeJson(out: AvroOutput, type: AvroType, json: Json): void {
  if (!fitsDefault(type, json)) throw schemaUnusable(`A default of the registered schema is no ${type.kind}.`)
  switch (type.kind) {
    case 'null':
      return
    case 'boolean':
      return out.byte(json === true ? 1 : 0)
    case 'int':
    case 'long':
      return out.long(json as number | bigint)
    case 'float':
      return out.float(numberOf(json))
    case 'double':
      return out.double(numberOf(json))
    case 'string':
      return out.string(json as string)
    case 'bytes':
      return out.bytes(Buffer.from(json as string, 'latin1'))
    case 'fixed':
      return out.fixed(Buffer.from(json as string, 'latin1'))
    case 'enum':
      return out.long(type.symbols.indexOf(json as string))
    case 'array':
      return writeBlock(out, json as readonly Json[], item => writeJson(out, type.items, item))
    case 'map':
      return writeBlock(out, entriesIn(json)!, ([key, value]) => {
        out.string(key)
        writeJson(out, type.values, value)
      })
    case 'record': {
      const values = new Map(entriesIn(json))
      for (const field of type.fields) writeJson(out, field.type, values.get(field.name) ?? field.default ?? null)
      return
    }
    case 'union': {
      const at = type.branches.findIndex(branch => fitsDefault(branch, json))
      out.long(at)
      return writeJson(out, type.branches[at]!, json)
    }
  }
  return type satisfies never
}

function numberOf(json: Json): number {
  return json instanceof Float64 ? json.value : Number(json)
}
