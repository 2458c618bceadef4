import type { Param } from '../connection/session.js'
import type { Statement, TableColumn, WriteMode } from '../dialect.js'
import { commas } from '../write-sql.js'

/**
 * Rows as one array for each column. The text of the statement does not grow with the rows, so that the server reads and plans
 * a few parameters where it would read as many for each row, which takes it longer than the writing does. Undefined where a column's type has no
 * arrays that hold it as it is: bytes would be sent as text, and arrays of arrays fall apart.
 */
export function arrayStatement(
  mode: WriteMode,
  table: string,
  columns: readonly { readonly quoted: string; readonly column: TableColumn }[],
  keys: number,
  rows: readonly (readonly Param[])[],
): Statement | undefined {
  const used = mode === 'delete' ? columns.slice(0, keys) : columns
  if (used.length === 0 || used.some(({ column }) => column.arrayElement === undefined)) return undefined
  const from = `unnest(${commas(used.map(({ column }, at) => `$${at + 1}::${column.arrayElement}[]`))})`
  const cells = used.map((_, at) => `c${at}`)
  const params = used.map((_, at) => arrayOf(rows, at))
  return {
    sql: sqlOf(
      mode,
      table,
      used.map(({ quoted }) => quoted),
      keys,
      from,
      cells,
    ),
    params,
  }
}

function sqlOf(
  mode: WriteMode,
  table: string,
  names: readonly string[],
  keys: number,
  from: string,
  cells: readonly string[],
): string {
  const source = `${from} AS written(${commas(cells)})`
  const sameKey = names
    .slice(0, keys)
    .map((name, at) => `target.${name} = written.${cells[at]}`)
    .join(' AND ')
  if (mode === 'delete') return `DELETE FROM ${table} AS target USING ${source} WHERE ${sameKey}`
  const others = names.slice(keys)
  if (mode === 'update') {
    const set = commas(others.map((name, at) => `${name} = written.${cells[keys + at]}`))
    return `UPDATE ${table} AS target SET ${set} FROM ${source} WHERE ${sameKey}`
  }
  const insert = `INSERT INTO ${table} (${commas(names)}) SELECT ${commas(cells)} FROM ${source}`
  if (mode === 'insert') return insert
  const set = commas(others.map(name => `${name} = EXCLUDED.${name}`))
  return `${insert} ON CONFLICT (${commas(names.slice(0, keys))}) DO ${others.length === 0 ? 'NOTHING' : `UPDATE SET ${set}`}`
}

/** `{1,"a \"b\"",NULL}`: of texts, so that the server reads each as the column's type. */
function arrayOf(rows: readonly (readonly Param[])[], at: number): string {
  let text = '{'
  for (let row = 0; row < rows.length; row++) {
    if (row > 0) text += ','
    const param = rows[row]![at]
    if (param === null || param === undefined) text += 'NULL'
    else if (typeof param === 'string') text += quoted(param)
    else text += String(param)
  }
  return `${text}}`
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, found => `\\${found}`) : text}"`
}
