import type { LoggedColumn } from './binlog-events.js'
import { declared, type MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'

/**
 * A column as it was when the row was changed. The binlog says its type and name, the catalogue of now all the rest: what may be null, defaults,
 * comments. Where the two differ the column has been changed since, and only what the binlog says is true.
 */
export function columnAt(logged: LoggedColumn, now: MysqlColumn | undefined): MysqlColumn {
  const columnType = declaredType(logged)
  if (now !== undefined && isSame(columnType, now.columnType)) return now
  return {
    name: logged.COLUMN_NAME,
    columnType,
    nullable: true,
    default: undefined,
    isExpression: false,
    charset: logged.CHARACTER_SET_NAME ?? undefined,
    autoIncrement: false,
    generated: false,
    comment: '',
  }
}

/** The library writes labels that the log itself says without the escapes that a declaration has. */
function declaredType({ COLUMN_TYPE, ENUM_VALUES, SET_VALUES }: LoggedColumn): string {
  const labels = ENUM_VALUES ?? SET_VALUES
  if (labels === undefined) return declared(COLUMN_TYPE)
  const written = labels.map(label => `'${label.replaceAll('\\', '\\\\').replaceAll(`'`, `''`)}'`)
  return `${ENUM_VALUES === undefined ? 'set' : 'enum'}(${written.join(',')})`
}

/** Types that the binlog shows as the bytes that they are stored as. */
const storedAs: Readonly<Record<string, string>> = {
  uuid: 'binary',
  inet6: 'binary',
  inet4: 'binary',
  vector: 'varbinary',
}
/** Of these the numbers are part of the type, and the binlog has them exactly. */
const numbered = new Set(['decimal', 'bit', 'time', 'datetime', 'timestamp'])

function isSame(logged: string, now: string): boolean {
  const a = parseDeclared(logged)
  const b = parseDeclared(now)
  if (a.type !== b.type) return storedAs[b.type] === a.type || (isGeometry(a.type) && isGeometry(b.type))
  if (a.unsigned !== b.unsigned) return false
  if (numbered.has(a.type)) return normal(a.numbers) === normal(b.numbers)
  return a.labels?.join('\0') === b.labels?.join('\0')
}

/** No digits are none, however that is written. */
const normal = (numbers: readonly number[]): string => numbers.filter(number => number > 0).join(',')

const isGeometry = (type: string): boolean => /geom|point|linestring|polygon/.test(type)
