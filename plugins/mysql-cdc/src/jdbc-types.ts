import type { MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'

/** `java.sql.Types`, as records of definitions have them. */
const types: Readonly<Record<string, number>> = {
  tinyint: 5,
  smallint: 5,
  mediumint: 4,
  int: 4,
  bigint: -5,
  float: 6,
  double: 8,
  decimal: 3,
  bit: -7,
  char: 1,
  varchar: 12,
  tinytext: 12,
  text: 12,
  mediumtext: 12,
  longtext: 12,
  binary: -2,
  varbinary: -3,
  tinyblob: 2004,
  blob: 2004,
  mediumblob: 2004,
  longblob: 2004,
  enum: 1,
  set: 1,
  date: 91,
  time: 92,
  datetime: 93,
  timestamp: 2014,
  year: 4,
}
const other = 1111

export function jdbcType({ columnType }: Pick<MysqlColumn, 'columnType'>): number {
  return types[parseDeclared(columnType).type] ?? other
}
