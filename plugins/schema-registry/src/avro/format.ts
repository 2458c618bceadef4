import { errorMessage } from 'millrace/plugin'
import type { Format } from '../converter/format.js'
import { headerBytes } from '../registry/wire.js'
import { dataInvalid } from '../registry/failures.js'
import type { ResolvedSchema } from '../registry/types.js'
import { anythingType } from './anything.js'
import { avroTypeOf } from './from-connect.js'
import { AvroInput } from './input.js'
import type { AvroConfig } from './keys.js'
import { parseAvro, type AvroType } from './model.js'
import { AvroOutput } from './output.js'
import { readerOf } from './read.js'
import { avroText } from './text.js'
import { connectSchemaOf } from './to-connect.js'
import { writerOf } from './write.js'
import { bytesOf } from '../data/checked.js'
import { decimalBytes, logicalOf, scaleOf } from '../data/logical.js'

/** Avro's binary encoding, with Connect's data mapped as Confluent's AvroData maps it. */
export function avroFormat(config: AvroConfig): Format {
  const output = new AvroOutput()
  const input = new AvroInput()
  const parse = ({ text, imports }: ResolvedSchema): AvroType =>
    parseAvro(
      text,
      imports.map(imported => imported.text),
    )
  return {
    kind: 'AVRO',
    describe(schema) {
      const type = avroTypeOf(schema, config)
      return { text: avroText(type), recordName: nameOf(type) }
    },
    writer(schema, registered) {
      const type = parse(registered)
      // Bytes alone stand without their length, as Confluent's serializer has it.
      if (type.kind === 'bytes' && schema?.type === 'bytes') {
        const scale = logicalOf(schema) === 'decimal' ? scaleOf(schema) : undefined
        return (value, id) => {
          if (value === null) throw dataInvalid('Found null value for non-optional schema')
          output.begin()
          output.fixed(scale === undefined ? bytesOf(value) : decimalBytes(value, scale))
          return output.take(id)
        }
      }
      const write = writerOf(schema, type, config)
      return (value, id) => {
        output.begin()
        write(output, value)
        return output.take(id)
      }
    },
    reader(written, wanted, version) {
      const from = parse(written)
      const to = wanted === undefined ? from : parse(wanted)
      const schema = isAnything(to) ? undefined : connectSchemaOf(to, version, config)
      const whole = from.kind === 'bytes'
      const read = readerOf(from, to, schema, config)
      return bytes => {
        input.begin(whole ? withLength(bytes) : bytes, headerBytes)
        try {
          const value = read(input)
          if (config['avro.fail.on.trailing.data'] && !input.isAtEnd)
            throw dataInvalid('The data has more bytes than its schema describes.')
          return { schema, value }
        } finally {
          input.end()
        }
      }
    },
    recordNameOf: schema => nameOf(parse(schema)),
    whyIncompatible(wanted, written) {
      try {
        const to = parse(wanted)
        readerOf(parse(written), to, isAnything(to) ? undefined : connectSchemaOf(to, undefined, config), config)
        return undefined
      } catch (error) {
        return errorMessage(error)
      }
    },
  }
}

function isAnything(type: AvroType): boolean {
  return type.kind === 'record' && type.name === anythingType.name
}

/** A record's full name; what has none goes by its type, as Avro's library has it. */
function nameOf(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

/** Confluent's serializer leaves out the length of bytes that stand alone. */
function withLength(bytes: Buffer): Buffer {
  const output = new AvroOutput()
  output.begin()
  output.bytes(bytes.subarray(headerBytes))
  return output.take(0)
}
