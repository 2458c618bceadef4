/** A part of a row's key, as the JVM has it and as the database prints it. */
export interface JavaKeyPart {
  readonly java: 'Integer' | 'Long' | 'String' | 'Boolean' | 'UUID'
  readonly text: string
}
export type JavaKey = readonly (JavaKeyPart | null)[]

type Class = JavaKeyPart['java'] | 'Number' | 'Object[]'

/** Debezium keeps keys as Java serializes an Object[], in hexadecimal. These are the classes that keys have there. */
const classes: Readonly<Record<Exclude<Class, 'String'>, { readonly name: string; readonly rest: string }>> = {
  'Object[]': { name: '[Ljava.lang.Object;', rest: '90ce589f1073296c020000' },
  Number: { name: 'java.lang.Number', rest: '86ac951d0b94e08b020000' },
  Integer: { name: 'java.lang.Integer', rest: '12e2a0a4f781873802000149000576616c7565' },
  Long: { name: 'java.lang.Long', rest: '3b8be490cc8f23df0200014a000576616c7565' },
  Boolean: { name: 'java.lang.Boolean', rest: 'cd207280d59cfaee0200015a000576616c7565' },
  UUID: {
    name: 'java.util.UUID',
    rest: 'bc9903f7986d852f0200024a000c6c65617374536967426974734a000b6d6f737453696742697473',
  },
}

const header = 'aced0005'
const tcNull = '70'
const tcReference = '71'
const tcClass = '72'
const tcObject = '73'
const tcString = '74'
const tcArray = '75'
const tcEndOfBlock = '78'
const firstHandle = 0x7e0000

/** `undefined`: no key yet, which Java has as a null. */
export function encodeJavaKey(key: JavaKey | undefined): string {
  if (key === undefined) return header + tcNull
  return header + new Writer().array(key)
}

/** Undefined for a null. Throws for what is no such key, or has a part of another class. */
export function decodeJavaKey(hex: string): JavaKey | undefined {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex) || !hex.toLowerCase().startsWith(header)) throw new Error('no serialized key')
  return new Reader(Buffer.from(hex, 'hex'), header.length / 2).key()
}

/** Everything that is written whole gets the next number, by which it is referred to later. */
class Writer {
  readonly #handles = new Map<string, number>()
  #next = firstHandle

  array(key: JavaKey): string {
    const description = this.#class('Object[]')
    this.#next++
    return tcArray + description + hexInt(key.length) + key.map(part => this.#part(part)).join('')
  }

  #part(part: JavaKeyPart | null): string {
    if (part === null) return tcNull
    const { java, text } = part
    switch (java) {
      case 'String': {
        const known = this.#reference(`text ${text}`)
        if (known !== undefined) return known
        this.#handles.set(`text ${text}`, this.#next++)
        return tcString + modifiedUtf8(text)
      }
      case 'Integer':
        return this.#object(java, hexInt(Number(text)))
      case 'Long':
        return this.#object(java, hexLong(BigInt(text)))
      case 'Boolean':
        return this.#object(java, text === 'true' || text === 't' ? '01' : '00')
      case 'UUID': {
        const digits = text.replaceAll('-', '')
        return this.#object(java, digits.slice(16) + digits.slice(0, 16))
      }
    }
  }

  #object(java: Exclude<Class, 'String'>, fields: string): string {
    const description = this.#class(java)
    this.#next++
    return tcObject + description + fields
  }

  #class(of: Exclude<Class, 'String'>): string {
    const known = this.#reference(`class ${of}`)
    if (known !== undefined) return known
    this.#handles.set(`class ${of}`, this.#next++)
    const { name, rest } = classes[of]
    const above = of === 'Integer' || of === 'Long' ? this.#class('Number') : tcNull
    return tcClass + modifiedUtf8(name) + rest + tcEndOfBlock + above
  }

  #reference(of: string): string | undefined {
    const handle = this.#handles.get(of)
    return handle === undefined ? undefined : tcReference + hexInt(handle)
  }
}

class Reader {
  readonly #bytes: Buffer
  #at: number
  /** What was read whole, in its order: a class, a text or undefined for an object. */
  readonly #handles: (Class | { readonly text: string } | undefined)[] = []

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  key(): JavaKey | undefined {
    const type = this.#hex(1)
    if (type === tcNull) return undefined
    if (type !== tcArray || this.#class() !== 'Object[]') throw new Error('no serialized key')
    this.#handles.push(undefined)
    const count = this.#int()
    if (count < 0 || count > this.#bytes.length) throw new Error('no serialized key')
    return Array.from({ length: count }, () => this.#part())
  }

  #part(): JavaKeyPart | null {
    switch (this.#hex(1)) {
      case tcNull:
        return null
      case tcString: {
        const text = this.#text()
        this.#handles.push({ text })
        return { java: 'String', text }
      }
      case tcReference: {
        const of = this.#handles[this.#int() - firstHandle]
        if (typeof of !== 'object') throw new Error('a part of the key refers to no text')
        return { java: 'String', text: of.text }
      }
      case tcObject: {
        const java = this.#class()
        this.#handles.push(undefined)
        return this.#object(java)
      }
      default:
        throw new Error('a part of the key is of another class')
    }
  }

  #object(java: Class | undefined): JavaKeyPart {
    switch (java) {
      case 'Integer':
        return { java, text: String(this.#int()) }
      case 'Long':
        return { java, text: String(this.#take(8).readBigInt64BE()) }
      case 'Boolean':
        return { java, text: this.#hex(1) === '01' ? 'true' : 'false' }
      case 'UUID': {
        const [least, most] = [this.#hex(8), this.#hex(8)]
        const text = `${most}${least}`.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
        return { java, text }
      }
      case 'String':
      case 'Number':
      case 'Object[]':
      case undefined:
        throw new Error('a part of the key is of another class')
    }
  }

  #class(): Class | undefined {
    const type = this.#hex(1)
    if (type === tcNull) return undefined
    if (type === tcReference) {
      const of = this.#handles[this.#int() - firstHandle]
      return typeof of === 'string' ? of : undefined
    }
    const name = type === tcClass ? this.#text() : ''
    const found = Object.entries(classes).find(([, known]) => known.name === name)
    if (found === undefined) throw new Error(`a part of the key is of the class "${name}"`)
    const [of, { rest }] = found
    this.#handles.push(of as Class)
    if (this.#hex(rest.length / 2) !== rest || this.#hex(1) !== tcEndOfBlock)
      throw new Error(`the class "${name}" is of another version`)
    this.#class()
    return of as Class
  }

  #int(): number {
    return this.#take(4).readInt32BE()
  }

  #text(): string {
    return readModifiedUtf8(this.#take(this.#take(2).readUInt16BE()))
  }

  #hex(count: number): string {
    return this.#take(count).toString('hex')
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error('the serialized key ends too early')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}

function hexInt(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes.toString('hex')
}

function hexLong(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0')
}

/** A length of two bytes, then Java's UTF-8: NUL has two bytes, and each half of a surrogate pair three. */
function modifiedUtf8(text: string): string {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit !== 0 && unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return bytes.length.toString(16).padStart(4, '0') + Buffer.from(bytes).toString('hex')
}

function readModifiedUtf8(bytes: Buffer): string {
  const units: number[] = []
  const more = (at: number): number => (bytes[at] ?? 0) & 0x3f
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    if (first < 0x80) {
      units.push(first)
      at += 1
    } else if (first < 0xe0) {
      units.push(((first & 0x1f) << 6) | more(at + 1))
      at += 2
    } else {
      units.push(((first & 0x0f) << 12) | (more(at + 1) << 6) | more(at + 2))
      at += 3
    }
  }
  return units.map(unit => String.fromCharCode(unit)).join('')
}
