import { parseDeclared } from './column-type.js'

/** The binlog's numbers of types (MYSQL_TYPE_…), and the declarations that they stand for. */
const declarations: Readonly<Record<number, readonly string[]>> = {
  1: ['tinyint'],
  2: ['smallint'],
  3: ['int'],
  4: ['float'],
  5: ['double'],
  7: ['timestamp'],
  8: ['bigint'],
  9: ['mediumint'],
  10: ['date'],
  11: ['time'],
  12: ['datetime'],
  13: ['year'],
  15: ['varchar', 'varbinary'],
  16: ['bit'],
  17: ['timestamp'],
  18: ['datetime'],
  19: ['time'],
  140: ['tinyblob', 'blob', 'mediumblob', 'longblob', 'tinytext', 'text', 'mediumtext', 'longtext'],
  141: ['varchar', 'varbinary'],
  245: ['json'],
  246: ['decimal'],
  247: ['enum'],
  248: ['set'],
  252: ['tinyblob', 'blob', 'mediumblob', 'longblob', 'tinytext', 'text', 'mediumtext', 'longtext'],
  253: ['varchar', 'varbinary'],
  254: ['char', 'binary', 'uuid', 'inet4', 'inet6'],
}

/** Whether a column that the binlog gives this number can be one that was declared so. */
export function agrees(code: number, columnType: string): boolean {
  return declarations[code]?.includes(parseDeclared(columnType).type) ?? true
}
