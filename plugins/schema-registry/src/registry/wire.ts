import { notFramed } from './failures.js'

/**
 * How records name their schema: a zero byte, the schema's id in four bytes, most significant first, then what the format
 * puts there (Protobuf: which message of the schema), then the payload.
 */
export const headerBytes = 5

export function writeHeader(target: Buffer, id: number): void {
  target[0] = 0
  target.writeInt32BE(id, 1)
}

/** The schema's id. Fails with `schema_registry.not_framed`. */
export function readSchemaId(bytes: Buffer): number {
  if (bytes.length < headerBytes)
    throw notFramed(`The data has ${bytes.length} bytes, fewer than the ${headerBytes} that name its schema.`)
  if (bytes[0] === 1)
    throw notFramed('The data names its schema by a GUID in a header (magic byte 1), which cannot be read here.')
  if (bytes[0] !== 0)
    throw notFramed(`The data begins with the byte ${bytes[0]}, not with the magic byte 0 of a schema registry.`)
  return bytes.readInt32BE(1)
}
