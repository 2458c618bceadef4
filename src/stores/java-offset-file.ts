import { MillraceError } from '../core/error.js'

/** An entry of Kafka Connect's standalone offset file: a record of the offsets topic, as bytes. A null value was a reset. */
export interface JavaOffset {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** Java's object stream, as far as a `HashMap<byte[], byte[]>` needs it (Java Object Serialization Specification §6.4.2). */
const magic = Buffer.from('aced0005', 'hex')
const nullReference = 0x70
const reference = 0x71
const classDescriptor = 0x72
const object = 0x73
const array = 0x75
const blockData = 0x77
const endBlockData = 0x78

const hashMap = { name: 'java.util.HashMap', rest: Buffer.from('0507dac1c31660d1030002', 'hex') }
const hashMapFields = Buffer.from('46000a6c6f6164466163746f724900097468726573686f6c647870', 'hex')
const byteArray = { name: '[B', rest: Buffer.from('acf317f8060854e00200007870', 'hex') }

/**
 * Reads the file that FileOffsetBackingStore writes (contract §4.5); an empty one holds nothing. Reads no other class,
 * so that a foreign file makes nothing happen. Fails with `offsets.file_corrupt`.
 */
export function readJavaOffsetFile(bytes: Buffer): readonly JavaOffset[] {
  if (bytes.length === 0) return []
  const input = new ObjectStream(bytes)
  input.expect(magic, 'a Java object stream')
  input.expect(Buffer.of(object, classDescriptor), 'an object')
  input.expectClass(hashMap)
  input.expect(hashMapFields, 'the fields of a HashMap')
  input.take(8) // load factor and threshold: how full the table was
  input.expect(Buffer.of(blockData, 8), 'the size of the map')
  input.take(4) // capacity
  const entries = input.int()
  const found: JavaOffset[] = []
  for (let i = 0; i < entries; i++) found.push({ key: input.bytesOrNull(), value: input.bytesOrNull() })
  input.expect(Buffer.of(endBlockData), 'the end of the map')
  if (!input.atEnd) input.fail('the end of the file')
  return found
}

class ObjectStream {
  readonly #bytes: Buffer
  #at = 0
  /** The handle by which later arrays name the class of the first: Java numbers what it writes, from 0x7E0000. */
  #arrayClass = 0x7e_0002
  /** Arrays already written, by handle: one that stands in the map twice is written once. */
  readonly #arrays = new Map<number, Buffer>()
  #nextHandle = 0x7e_0002

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  fail(expected: string): never {
    throw new MillraceError(
      'offsets.file_corrupt',
      `At byte ${this.#at} there should be ${expected}; this is not a whole offset file of Kafka Connect.`,
      { hint: 'Restore the file from a copy; or move it away, and every source begins anew.' },
    )
  }

  take(length: number): Buffer {
    const from = this.#at
    if (length < 0 || from + length > this.#bytes.length) this.fail(`${length} more bytes`)
    this.#at += length
    return this.#bytes.subarray(from, this.#at)
  }

  expect(wanted: Buffer, what: string): void {
    if (!this.#bytes.subarray(this.#at, this.#at + wanted.length).equals(wanted)) this.fail(what)
    this.#at += wanted.length
  }

  expectClass({ name, rest }: { readonly name: string; readonly rest: Buffer }): void {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(name.length)
    this.expect(Buffer.concat([length, Buffer.from(name), rest]), `the class ${name}`)
  }

  int(): number {
    return this.take(4).readInt32BE()
  }

  bytesOrNull(): Buffer | null {
    const kind = this.take(1)[0]
    if (kind === nullReference) return null
    if (kind === reference) return this.#arrays.get(this.int()) ?? this.fail('an array that was written before')
    if (kind !== array) this.fail('a byte array or null')
    const described = this.take(1)[0]
    if (described === classDescriptor) {
      this.expectClass(byteArray)
      this.#arrayClass = this.#nextHandle++
    } else if (described !== reference || this.int() !== this.#arrayClass) this.fail('the class of a byte array')
    const handle = this.#nextHandle++
    const bytes = this.take(this.int())
    this.#arrays.set(handle, bytes)
    return bytes
  }
}
