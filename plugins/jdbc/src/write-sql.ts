/** Placeholders and lists, which all dialects write alike. */
export const commas = (parts: readonly string[]): string => parts.join(',')

/** `(?,?),(?,?)`; `mark` gives the placeholder with a number from 1. */
export function rowsOf(columns: number, rows: number, mark: (number: number) => string): string {
  let number = 0
  const row = (): string => `(${commas(Array.from({ length: columns }, () => mark(++number)))})`
  return commas(Array.from({ length: rows }, row))
}

export function updateSql(
  table: string,
  keys: readonly string[],
  others: readonly string[],
  mark: (number: number) => string,
): string {
  const set = commas(others.map((name, index) => `${name} = ${mark(index + 1)}`))
  const where = keys.map((name, index) => `${name} = ${mark(others.length + index + 1)}`).join(' AND ')
  return `UPDATE ${table} SET ${set} WHERE ${where}`
}

/** One column compares with a list, several with a list of rows. */
export function deleteSql(
  table: string,
  keys: readonly string[],
  rows: number,
  mark: (number: number) => string,
): string {
  if (keys.length === 1) return `DELETE FROM ${table} WHERE ${keys[0]} IN ${rowsOf(rows, 1, mark)}`
  return `DELETE FROM ${table} WHERE (${commas(keys)}) IN (${rowsOf(keys.length, rows, mark)})`
}

/** LIKE patterns of the catalogue, for names that are compared here: `%` any, `_` one. Null matches all. */
export function likes(pattern: string | null, name: string): boolean {
  if (pattern === null) return true
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, 's').test(name)
}
