import type { Dialect, TableName } from './dialect.js'

/** How names stand in statements. */
export interface Naming {
  readonly quote: (name: string) => string
  readonly table: (table: TableName) => string
}

/** `always`: whether names are quoted (`quote.sql.identifiers`). */
export function namingOf(dialect: Dialect, always: boolean): Naming {
  const mark = dialect.quoteMark
  const quote = always ? (name: string) => mark + name.replaceAll(mark, mark + mark) + mark : (name: string) => name
  return {
    quote,
    table: ({ catalog, schema, table }) =>
      [catalog, schema, table]
        .filter(part => part !== undefined)
        .map(quote)
        .join('.'),
  }
}

export function quotesAlways(config: {
  readonly 'quote.sql.identifiers': string
  readonly 'sql.quote.identifiers': boolean | undefined
}): boolean {
  return config['sql.quote.identifiers'] ?? config['quote.sql.identifiers'].toUpperCase() === 'ALWAYS'
}
