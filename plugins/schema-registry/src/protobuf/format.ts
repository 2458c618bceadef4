import protobuf from 'protobufjs'
import { errorCode, errorMessage } from 'millrace/plugin'
import type { Format } from '../converter/format.js'
import { dataInvalid, notFramed, schemaUnusable } from '../registry/failures.js'
import { headerBytes, writeHeader } from '../registry/wire.js'
import { whyUnlike } from './compatible.js'
import { protoOf } from './from-connect.js'
import type { ProtobufConfig } from './keys.js'
import { parseProto, type MessageType, type ProtoFile } from './model.js'
import { messageReader, type ReadMessage } from './read.js'
import { connectSchemaOf } from './to-connect.js'
import { messageWriter } from './write.js'

/** Which message of its schema data is: the first one is told by a single zero. */
const firstMessage: readonly number[] = [0]
/** Deeper or further than any file goes. */
const maxPath = 100

/** Protobuf's encoding, with Connect's data mapped as Confluent's ProtobufData maps it. */
export function protobufFormat(config: ProtobufConfig): Format {
  return {
    kind: 'PROTOBUF',
    describe(schema) {
      if (schema === undefined) throw dataInvalid('Data without a schema cannot be written as Protobuf.')
      const { text, root } = protoOf(schema, config)
      return { text, recordName: root }
    },
    writer(schema, registered) {
      if (schema === undefined) throw dataInvalid('Data without a schema cannot be written as Protobuf.')
      const file = parseProto(registered)
      const { root } = protoOf(schema, config)
      // A registered schema of another package still has the message, by its place.
      const path = file.pathOf(root) ?? firstMessage
      const write = messageWriter(schema, file.messageAt(path), config)
      const indexes = indexBytes(path)
      return (value, id) => {
        const writer = protobuf.Writer.create()
        write(writer, value)
        const payload = writer.finish()
        const bytes = Buffer.allocUnsafe(headerBytes + indexes.length + payload.length)
        writeHeader(bytes, id)
        bytes.set(indexes, headerBytes)
        bytes.set(payload, headerBytes + indexes.length)
        return bytes
      }
    },
    reader(written, wanted, version) {
      const file = parseProto(wanted ?? written)
      const names = wanted === undefined ? undefined : parseProto(written)
      const readers = new Map<
        string,
        { readonly schema: ReturnType<typeof connectSchemaOf>; readonly read: ReadMessage }
      >()
      const readerAt = (path: readonly number[]) => {
        const key = path.join('.')
        const known = readers.get(key)
        if (known !== undefined) return known
        const message = messageOf(file, names, path)
        const schema = connectSchemaOf(message, version, config)
        const made = { schema, read: messageReader(message, schema, config) }
        readers.set(key, made)
        return made
      }
      return bytes => {
        const reader = protobuf.Reader.create(bytes)
        try {
          reader.pos = headerBytes
          const { schema, read } = readerAt(readPath(reader))
          return { schema, value: read(reader, bytes.length) }
        } catch (error) {
          // The library has no errors of its own for bytes that end early.
          throw errorCode(error) === 'internal'
            ? dataInvalid(`The data is no such message: ${errorMessage(error)}`, error)
            : error
        }
      }
    },
    recordNameOf: schema => parseProto(schema).messageAt(firstMessage).fullName,
    whyIncompatible(wanted, written) {
      try {
        return whyUnlike(parseProto(wanted).messageAt(firstMessage), parseProto(written).messageAt(firstMessage))
      } catch (error) {
        return errorMessage(error)
      }
    },
  }
}

/** In the schema that data is read by, the message of the same name. */
function messageOf(file: ProtoFile, written: ProtoFile | undefined, path: readonly number[]): MessageType {
  if (written === undefined) return file.messageAt(path)
  const { fullName } = written.messageAt(path)
  const found = file.pathOf(fullName)
  if (found === undefined) throw schemaUnusable(`The latest schema has no message ${fullName}.`)
  return file.messageAt(found)
}

/** Count and places as zigzag numbers. */
function indexBytes(path: readonly number[]): Uint8Array {
  if (path.length === 1 && path[0] === 0) return Uint8Array.of(0)
  const writer = protobuf.Writer.create().sint32(path.length)
  for (const at of path) writer.sint32(at)
  return writer.finish()
}

function readPath(reader: protobuf.Reader): readonly number[] {
  if (reader.pos >= reader.len) throw notFramed('The data ends before it tells which message it is.')
  const count = reader.sint32()
  if (count === 0) return firstMessage
  if (count < 0 || count > maxPath) throw notFramed(`The data names its message by ${count} places.`)
  return Array.from({ length: count }, () => reader.sint32())
}
