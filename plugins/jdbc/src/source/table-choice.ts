import type { SourceConfig } from './config.js'

type Filters = Pick<SourceConfig, 'table.whitelist' | 'table.blacklist' | 'table.include.list' | 'table.exclude.list'>

export interface NamedTable {
  /** `schema.table` */
  readonly full: string
  readonly table: string
}

/** Whether a table is to be read: names match whole or bare, quoted or not; regular expressions match the whole name. */
export function tableChooser(filters: Filters): (table: NamedTable) => boolean {
  const plain = (names: readonly string[]): ReadonlySet<string> =>
    new Set(names.map(name => name.replace(/["`[\]]/g, '')))
  const wanted = plain(filters['table.whitelist'])
  const unwanted = plain(filters['table.blacklist'])
  const included = filters['table.include.list'].map(wholeRegex)
  const excluded = filters['table.exclude.list'].map(wholeRegex)
  return ({ full, table }) => {
    if (included.length > 0)
      return included.some(regex => regex.test(full)) && !excluded.some(regex => regex.test(full))
    if (wanted.size > 0) return wanted.has(full) || wanted.has(table)
    return !unwanted.has(full) && !unwanted.has(table)
  }
}

export function wholeRegex(source: string): RegExp {
  return new RegExp(`^(?:${source})$`, 'u')
}

/** `regex:column` or `regex:[a|b]`. The last colon divides: a regex may hold some. */
export interface ColumnMapping {
  readonly regex: RegExp
  readonly columns: readonly string[]
}

/** Throws a text of what is wrong with one of them. */
export function columnMappings(entries: readonly string[]): readonly ColumnMapping[] {
  return entries.map(entry => {
    const at = entry.lastIndexOf(':')
    const columns = entry
      .slice(at + 1)
      .trim()
      .replace(/^\[(.*)\]$/, '$1')
    if (at <= 0 || columns === '') throw new Error(`"${entry}" is not of the form regex:column`)
    return { regex: wholeRegex(entry.slice(0, at).trim()), columns: columns.split('|').map(column => column.trim()) }
  })
}

/** Consecutive tables for each task, as evenly as can be (ConnectorUtils.groupPartitions). */
export function groups<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  const size = Math.floor(items.length / count)
  const larger = items.length % count
  let at = 0
  return Array.from({ length: count }, (_, index) => items.slice(at, (at += size + (index < larger ? 1 : 0))))
}
