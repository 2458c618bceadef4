import type { MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'
import type { Raw } from './raw.js'
import { storedJson } from './stored-json.js'
import { isNoDate } from './temporal.js'

/** How a value of one of the two sources becomes what types read. */
export type Reader<V> = (value: V) => Raw | null

const integer = (text: string): Raw => {
  const small = Number(text)
  return Number.isSafeInteger(small) ? small : text
}

/** Of what the server prints. */
export function printedReader(column: Pick<MysqlColumn, 'columnType'>): Reader<Buffer> {
  const { type } = parseDeclared(column.columnType)
  switch (type) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'year':
    case 'float':
    case 'double':
      return bytes => Number(bytes.toString('latin1'))
    case 'bigint':
      return bytes => integer(bytes.toString('latin1'))
    case 'date':
    case 'datetime':
    case 'timestamp':
      return bytes => dateText(bytes.toString('latin1'))
    case 'decimal':
      // ZEROFILL prints zeros that are no part of the number.
      return bytes => bytes.toString('latin1').replace(/^0+(?=\d)/, '')
    case 'time':
      return bytes => bytes.toString('latin1')
    default:
      return isBinary(type) ? bytes => bytes : bytes => bytes.toString()
  }
}

/** Of what the library reads from the binlog. */
export function loggedReader(column: Pick<MysqlColumn, 'columnType'>): Reader<unknown> {
  const { type, numbers } = parseDeclared(column.columnType)
  switch (type) {
    case 'bigint':
      return value => (typeof value === 'number' ? value : integer(String(value)))
    case 'year':
      // Stored as years since 1900, and nothing as nothing; 1900 itself is no year.
      return value => (value === 1_900 ? 0 : (value as Raw))
    case 'date':
    case 'datetime':
    case 'timestamp':
      return value => dateText(value as string)
    case 'time':
      return value => carried(value as string)
    case 'json':
      return value => (value instanceof Uint8Array ? storedJson(value as Buffer) : (value as Raw))
    case 'enum':
      // What was no label is stored as number 0.
      return value => (value ?? '') as Raw
    case 'uuid':
      return value => (typeof value === 'string' ? value : uuidText(padded(value as Buffer, 16)))
    case 'inet4':
      return value => (typeof value === 'string' ? value : padded(value as Buffer, 4).join('.'))
    case 'inet6':
      return value => lonelyZero(typeof value === 'string' ? value : inet6Text(padded(value as Buffer, 16)))
    case 'binary':
      return value => padded(value as Buffer, numbers[0] ?? 1)
    case 'bit':
      // A view of the connection's buffer.
      return value => Buffer.from(value as Buffer)
    default:
      return value => value as Raw
  }
}

/** Types whose values the server sends as bytes. */
export function isBinary(type: string): boolean {
  return /^(binary|varbinary|(tiny|medium|long)?blob|bit|vector|point|.*geometry.*|.*linestring|.*polygon|multipoint|geomcollection)$/.test(
    type,
  )
}

/**
 * The library adds one second to a negative time without a fraction, after it has taken its parts: in the binary form, six bits for each, and in the
 * old decimal one that can overflow. `-09:63:64` is `-10:00:00`.
 */
function carried(text: string): string {
  const over = text.startsWith('-') && /^-(\d+):(\d+):(64|100)(\.0+)?$/.exec(text)
  if (!over) return text
  const [hours, minutes, seconds] = over.slice(1, 4).map(Number) as [number, number, number]
  const base = seconds === 64 ? 64 : 100
  const parts = seconds === base && minutes + 1 === base ? [hours + 1, 0, 0] : [hours, minutes + 1, 0]
  return `-${parts.map(part => String(part).padStart(2, '0')).join(':')}${over[4] ?? ''}`
}

function dateText(text: string): string | null {
  return isNoDate(text) ? null : text
}

/** The binlog leaves zeros away at the end. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes
  const whole = new Uint8Array(length)
  whole.set(bytes)
  return whole
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** As the server prints it: the longest run of zeros left away, what is an IPv4 address in points. */
function inet6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!)
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  const isCompatible = groups.slice(0, 6).every(group => group === 0) && (groups[6] !== 0 || groups[7]! > 1)
  if (isMapped || isCompatible) return `${isMapped ? '::ffff:' : '::'}${bytes.slice(12).join('.')}`
  const runs = [
    ...groups
      .map(group => (group === 0 ? '0' : 'x'))
      .join('')
      .matchAll(/0{2,}/g),
  ]
  const longest = runs.reduce<RegExpMatchArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  )
  const hex = groups.map(group => group.toString(16))
  if (longest?.index === undefined) return hex.join(':')
  return `${hex.slice(0, longest.index).join(':')}::${hex.slice(longest.index + longest[0].length).join(':')}`
}

/** The server leaves away a single group of zeros too, the first. */
function lonelyZero(text: string): string {
  return text.includes('::') ? text : text.replace(/(^|:)0(:|$)/, '::')
}
