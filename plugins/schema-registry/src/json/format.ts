import { errorMessage, parseExact, stringifyJson } from 'millrace/plugin'
import { isUtf8 } from 'node:buffer'
import type { Format } from '../converter/format.js'
import { dataInvalid } from '../registry/failures.js'
import { headerBytes, writeHeader } from '../registry/wire.js'
import { whyUnlike } from './compatible.js'
import { SchemaDocument } from './document.js'
import { jsonSchemaOf } from './from-connect.js'
import type { JsonConfig } from './keys.js'
import { isObject, jsonReader } from './read.js'
import { connectSchemaOf } from './to-connect.js'
import { jsonValidator } from './validator.js'
import { jsonWriter } from './write.js'

/** JSON under a JSON Schema, with Connect's data mapped as Confluent's JsonSchemaData maps it. */
export function jsonFormat(config: JsonConfig): Format {
  const check = config['json.fail.invalid.schema'] ? jsonValidator : undefined
  return {
    kind: 'JSON',
    describe(schema) {
      if (schema === undefined) throw dataInvalid('Data without a schema cannot be written with a JSON Schema.')
      return { text: stringifyJson(jsonSchemaOf(schema, config)), recordName: schema.name }
    },
    writer(schema, registered) {
      if (schema === undefined) throw dataInvalid('Data without a schema cannot be written with a JSON Schema.')
      const write = jsonWriter(schema, config)
      const validate = check?.(registered)
      return (value, id) => {
        const json = write(value) ?? 'null'
        validate?.(json)
        const bytes = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(json))
        writeHeader(bytes, id)
        bytes.write(json, headerBytes)
        return bytes
      }
    },
    reader(written, wanted, version) {
      const schema = connectSchemaOf(new SchemaDocument(wanted ?? written), version, config)
      const read = jsonReader(schema)
      const validate = check?.(wanted ?? written)
      return bytes => {
        const json = textOf(bytes)
        validate?.(json)
        return { schema, value: read(parseExact(json)) }
      }
    },
    recordNameOf(schema) {
      const { root } = new SchemaDocument(schema)
      const title = isObject(root) ? root['title'] : undefined
      return typeof title === 'string' ? title : undefined
    },
    whyIncompatible(wanted, written) {
      try {
        const [to, from] = [wanted, written].map(of => connectSchemaOf(new SchemaDocument(of), undefined, config))
        return whyUnlike(to!, from!)
      } catch (error) {
        return errorMessage(error)
      }
    },
  }
}

/** Malformed UTF-8 is an error: it must not come out as other text than went in. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8', headerBytes)
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(headerBytes))) throw dataInvalid('The data is not UTF-8 text.')
  return text
}
